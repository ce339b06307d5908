import { basename, join } from "node:path";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { augmentCrop, colourRandom, isLowerBody, jitterColour } from "../augment/augment-crop.ts";
import type { Augmentation } from "../augment/augmentation.ts";
import { swappedSides } from "../check/check-person.ts";
import type { CocoKeypoints, ImageRecord, PersonAnnotation } from "../coco/coco-keypoints.ts";
import { invertAffine } from "../crop/affine.ts";
import {
  type CropGeometry,
  cropOfBox,
  cropToImage,
  type InputSize,
  keypointsInCrop,
} from "../crop/crop-geometry.ts";
import { warpAffine } from "../crop/warp-affine.ts";
import { drawPoses, truthPose } from "../draw/draw-poses.ts";
import { escapeXml } from "../draw/escape-xml.ts";
import { inParallel } from "../files/in-parallel.ts";
import { imagePath } from "../image/image-path.ts";
import { readImage } from "../image/read-image.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import { type PersonSample, selectPersons } from "../loader/person-sample.ts";

export interface BrowseOptions {
  readonly skeleton: Skeleton;
  /** Of the crops: what the network that is to be trained takes. */
  readonly inputSize: InputSize;
  readonly padding: number;
  readonly augmentation: Augmentation;
  /** Augmented crops of each person. */
  readonly variants: number;
  readonly seed: number;
  readonly onImage?: (done: number, total: number) => void;
}

/**
 * A page that shows images with their annotations, and what augmentation makes of each person. It needs no other file
 * and no network; every text that comes from the data is escaped.
 */
export async function browsePage(
  coco: CocoKeypoints,
  imageFolder: string,
  images: readonly ImageRecord[],
  options: BrowseOptions,
): Promise<string> {
  let done = 0;
  const sections = await inParallel(images.length, async (index) => {
    const image = images[index] as ImageRecord;
    const people = coco.annotations.filter(({ imageId }) => imageId === image.id);
    const section = await imageSection(image, people, imageFolder, options);
    options.onImage?.(++done, images.length);
    return section;
  });
  const title = `${basename(imageFolder)}: ${images.length} of ${coco.images.length} images`;
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8">`,
    // Whatever a data set holds, nothing is run and nothing is asked of any server.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">`,
    `<meta name="viewport" content="width=device-width"><title>${escapeXml(title)}</title><style>${STYLE}</style></head>`,
    `<body><h1>${escapeXml(title)}</h1><p>${escapeXml(join(imageFolder))}. The person's left is orange, the right blue; `,
    `hidden keypoints are hollow. Beside each person: the plain crop, then augmented ones.</p>`,
    ...sections,
    `</body></html>\n`,
  ].join("");
}

async function imageSection(
  record: ImageRecord,
  people: readonly PersonAnnotation[],
  imageFolder: string,
  options: BrowseOptions,
): Promise<string> {
  const image = await readImage(imagePath(imageFolder, record.fileName));
  const labels = people.map((person) => ({ ...truthPose(person), label: String(person.id) }));
  const picture = await drawPoses(image, labels, options.skeleton, { quality: 85 });
  const samples = selectPersons({ images: [record], annotations: people });
  const rows = await Promise.all(
    people.map(async (person) => {
      const sample = samples.find(({ annotationId }) => annotationId === person.id);
      const crops = sample ? await personCrops(image, sample, options.variants, options) : [];
      return personRow(person, crops, options.skeleton);
    }),
  );
  const name = escapeXml(`${record.fileName} · image ${record.id} · ${record.width} × ${record.height}`);
  return `<section><h2>${name}</h2><img class="whole" alt="${name}" src="${dataUri(picture, "image/jpeg")}">${rows.join("")}</section>`;
}

function personRow(person: PersonAnnotation, crops: readonly Buffer[], skeleton: Skeleton): string {
  const { id, numKeypoints, box, area, isCrowd } = person;
  const facts = [
    `annotation ${id}`,
    `${numKeypoints} keypoints`,
    `box ${box.map((value) => Math.round(value)).join(", ")}`,
    `area ${Math.round(area)}`,
    ...(isCrowd ? ["crowd"] : []),
    ...(crops.length === 0 ? ["not trained on"] : []),
  ];
  const suspect = swappedSides(person.keypoints, skeleton.keypoints);
  const warning = suspect ? `<p class="suspect">${escapeXml(suspect)}</p>` : "";
  const pictures = crops.map((crop, index) => {
    const what = index === 0 ? "plain crop" : `augmented crop ${index}`;
    return `<img alt="${what} of annotation ${id}" title="${what}" src="${dataUri(crop, "image/jpeg")}">`;
  });
  return `<div class="person"><p>${escapeXml(facts.join(" · "))}</p>${warning}${pictures.join("")}</div>`;
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1rem; margin: 0 0 .5rem; }
section { border-top: 1px solid #8886; padding: 1rem 0; }
img { max-width: 100%; height: auto; border-radius: 4px; margin: 0 4px 4px 0; vertical-align: top; }
img.whole { max-height: 30rem; }
.person img { height: 11rem; }
.person p { margin: .5rem 0 .25rem; color: #888; }
.person p.suspect { color: #d33; }
`;

export interface CropOptions {
  readonly skeleton: Skeleton;
  readonly inputSize: InputSize;
  readonly padding: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
}

/**
 * A person as a network would be shown them: the plain crop, then `variants` augmented ones, with the keypoints where
 * they end up. Pictures are JPEG.
 */
export async function personCrops(
  image: RgbImage,
  person: PersonSample,
  variants: number,
  options: CropOptions,
): Promise<Buffer[]> {
  const { inputSize, padding, augmentation, skeleton, seed } = options;
  const plain = cropOfBox(person.box, inputSize, padding);
  const crops = [drawCrop(image, person, plain, options)];
  for (let variant = 0; variant < variants; variant++) {
    // A row of its own for each person and each epoch, as training draws them.
    const key = [seed, variant, person.annotationId] as const;
    const crop = augmentCrop(plain, person.keypoints, isLowerBody(skeleton), inputSize, augmentation, key);
    crops.push(
      drawCrop(image, person, crop, options, (pixels) =>
        jitterColour(pixels, augmentation, colourRandom(key)),
      ),
    );
  }
  return Promise.all(crops);
}

function drawCrop(
  image: RgbImage,
  person: PersonSample,
  crop: CropGeometry,
  { skeleton, inputSize }: CropOptions,
  recolour: (pixels: Uint8Array) => void = () => {},
): Promise<Buffer> {
  const [height, width] = inputSize;
  const map = cropToImage(crop, inputSize, "plain");
  const data = warpAffine(image, map, inputSize);
  recolour(data);
  const keypoints = keypointsInCrop(
    person.keypoints,
    invertAffine(map),
    crop.mirrored ? skeleton.flipPairs : [],
  );
  const { keypoints: drawn } = truthPose({ keypoints, box: [0, 0, width, height] });
  return drawPoses({ width, height, data }, [{ keypoints: drawn }], skeleton, { quality: 85 });
}

/** An encoded picture as the address of itself: a page that holds it needs no other file. */
export const dataUri = (picture: Buffer, type: "image/jpeg" | "image/png"): string =>
  `data:${type};base64,${picture.toString("base64")}`;
