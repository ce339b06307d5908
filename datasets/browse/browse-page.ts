import { basename, join } from "node:path";
import { mirroredKeypoints, type Skeleton } from "../../eval/skeletons/skeleton.ts";
import { isLowerBody, type SampleKey } from "../augment/augment-crop.ts";
import type { Augmentation } from "../augment/augmentation.ts";
import { swappedSides } from "../check/check-person.ts";
import type { CocoKeypoints, ImageRecord, PersonAnnotation } from "../coco/coco-keypoints.ts";
import { invertAffine } from "../crop/affine.ts";
import { boxOfTuple, cropToImage, type InputSize, keypointsInCrop } from "../crop/crop-geometry.ts";
import { drawPoses, truthPose } from "../draw/draw-poses.ts";
import { escapeXml } from "../draw/escape-xml.ts";
import { inParallel } from "../files/in-parallel.ts";
import { imagePath } from "../image/image-path.ts";
import { readImage } from "../image/read-image.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import { type PersonSample, selectPersons } from "../loader/person-sample.ts";
import { type CropSettings, sampleCrop, samplePixels } from "../loader/sample-row.ts";

export interface BrowseOptions {
  readonly skeleton: Skeleton;
  /** [height, width] of the crops, as a network would take them. */
  readonly inputSize: InputSize;
  readonly padding: number;
  readonly augmentation: Augmentation;
  /** Augmented crops of each person. */
  readonly variants: number;
  readonly seed: number;
  readonly onImage?: (done: number, total: number) => void;
}

/**
 * A page that shows images with their annotations, and augmented crops of each person. It needs no other file and no
 * network; every text that comes from the data is escaped.
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
    // A data set may hold anything: no script is run, and no server is asked for anything.
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
  const labels = people.map(({ id, keypoints, box }) => ({
    ...truthPose(keypoints, boxOfTuple(box)),
    label: String(id),
  }));
  const picture = await drawPoses(image, labels, options.skeleton, { quality: 85 });
  const samples = selectPersons({ images: [record], annotations: people });
  const rows = await Promise.all(
    people.map(async (person) => {
      const sample = samples.find(({ annotationId }) => annotationId === person.id);
      const crops = sample ? await personCrops(image, sample, options) : [];
      return personRow(person, crops, options.skeleton);
    }),
  );
  const name = escapeXml(`${record.fileName} · image ${record.id} · ${record.width} × ${record.height}`);
  return `<section><h2>${name}</h2><img class="whole" alt="${name}" src="${dataUri(picture)}">${rows.join("")}</section>`;
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
    return `<img alt="${what} of annotation ${id}" title="${what}" src="${dataUri(crop)}">`;
  });
  return `<div class="person"><p>${escapeXml(facts.join(" · "))}</p>${warning}${pictures.join("")}</div>`;
}

/**
 * A person as a network would be shown them: the plain crop, then augmented ones, with the keypoints where they are in
 * each. Pictures are JPEG.
 */
export function personCrops(
  image: RgbImage,
  person: PersonSample,
  options: BrowseOptions,
): Promise<Buffer[]> {
  const { skeleton, inputSize, padding, augmentation, variants, seed } = options;
  const plain = { grid: { inputSize }, padding, lowerBody: isLowerBody(skeleton), augmentation: undefined };
  // Keys as in training: each variant is an epoch, each person a position.
  const key = (variant: number) => [seed, variant, person.annotationId] as const;
  return Promise.all([
    drawCrop(image, person, plain, key(0), skeleton),
    ...Array.from({ length: variants }, (_, variant) =>
      drawCrop(image, person, { ...plain, augmentation }, key(variant), skeleton),
    ),
  ]);
}

function drawCrop(
  image: RgbImage,
  person: PersonSample,
  settings: CropSettings,
  key: SampleKey,
  skeleton: Skeleton,
): Promise<Buffer> {
  const { inputSize } = settings.grid;
  const crop = sampleCrop(person, settings, key);
  const toImage = cropToImage(crop, inputSize, "plain");
  const data = samplePixels(image, toImage, settings, key);
  const keypoints = keypointsInCrop(
    person.keypoints,
    invertAffine(toImage),
    crop,
    mirroredKeypoints(skeleton),
  );
  const [height, width] = inputSize;
  return drawPoses({ width, height, data }, [truthPose(keypoints)], skeleton, { quality: 85 });
}

/** A picture as the address of itself: a page that holds it needs no other file. */
function dataUri(jpeg: Buffer): string {
  return `data:image/jpeg;base64,${jpeg.toString("base64")}`;
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
