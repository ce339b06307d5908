import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import {
  type CocoFile,
  type CocoFileAnnotation,
  type CocoFileImage,
  personCategory,
} from "../coco/coco-file.ts";
import { inParallel } from "../files/in-parallel.ts";
import { publishFolder } from "../files/publish-folder.ts";
import { DIFFICULTIES, type DifficultyName } from "./difficulty.ts";
import { labelScene, type PersonLabel } from "./label.ts";
import { type RandomStream, randomStream } from "./random-stream.ts";
import { renderScene } from "./render.ts";
import { type Scene, sampleScene, withoutPerson } from "./scene.ts";

export interface SynthOptions {
  /** A folder that does not exist, or is empty. */
  readonly out: string;
  /** Pictures of train2017 and of val2017. */
  readonly images: number;
  readonly valImages: number;
  /** Any text or number; picture n of a split depends only on it and on n, so that a larger set begins with the smaller. */
  readonly seed: string | number;
  readonly difficulty: DifficultyName;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Counts of one split. */
interface SynthSplit {
  readonly split: "train2017" | "val2017";
  readonly images: number;
  readonly people: number;
}

/** Image ids of val2017 start here, so that ids are unique across splits whatever their sizes. */
const FIRST_ID = { train2017: 1, val2017: 1_000_001 } as const;
/** Annotation ids are 100 · image id + the person's place. */
const IDS_AN_IMAGE = 100;

/**
 * Writes a data set of drawn people in COCO's layout: `annotations/person_keypoints_{train,val}2017.json`,
 * `train2017/`, `val2017/`. The same options give the same bytes, on the same versions of sharp and librsvg.
 *
 * @throws {RangeError} If a count or a size is out of range.
 * @throws {Error} If `out` exists and is not empty.
 */
export async function generateDataset(
  options: SynthOptions,
  onImage: (done: number, total: number) => void = () => {},
): Promise<SynthSplit[]> {
  validate(options);
  const total = options.images + options.valImages;
  let done = 0;
  const onDone = () => onImage(++done, total);
  return publishFolder(options.out, async (folder) => [
    await generateSplit(folder, "train2017", options.images, options, onDone),
    await generateSplit(folder, "val2017", options.valImages, options, onDone),
  ]);
}

function validate({ images, valImages, width, height }: SynthOptions): void {
  const limit = FIRST_ID.val2017 - FIRST_ID.train2017;
  for (const [name, count] of [["images", images] as const, ["valImages", valImages] as const]) {
    if (Number.isInteger(count) && count >= 1 && count <= limit) continue;
    throw new RangeError(`data synth ${name}: expected a whole number from 1 to ${limit}, got ${count}`);
  }
  for (const [name, size] of [["width", width] as const, ["height", height] as const]) {
    if (Number.isInteger(size) && size >= 64 && size <= 4096) continue;
    throw new RangeError(`data synth ${name}: expected 64 to 4096 whole pixels, got ${size}`);
  }
}

async function generateSplit(
  folder: string,
  split: keyof typeof FIRST_ID,
  count: number,
  options: SynthOptions,
  onDone: () => void,
): Promise<SynthSplit> {
  await mkdir(join(folder, split));
  const pictures = await inParallel(count, async (index) => {
    const picture = await generatePicture(folder, split, index, options);
    onDone();
    return picture;
  });
  const file: CocoFile = {
    info: { description: "Drawn people", version: "1", split, ...provenance(options) },
    licenses: [],
    images: pictures.map(({ image }) => image),
    annotations: pictures.flatMap(({ annotations }) => annotations),
    categories: [personCategory(COCO_SKELETON)],
  };
  await mkdir(join(folder, "annotations"), { recursive: true });
  await writeFile(join(folder, "annotations", `person_keypoints_${split}.json`), JSON.stringify(file));
  return { split, images: count, people: file.annotations.length };
}

const provenance = ({ seed, difficulty }: SynthOptions) => ({
  contributor: "dypose data synth",
  seed,
  difficulty,
  sharp: sharp.versions.sharp,
  librsvg: sharp.versions.rsvg,
});

interface Picture {
  readonly image: CocoFileImage;
  readonly annotations: readonly CocoFileAnnotation[];
}

async function generatePicture(
  folder: string,
  split: keyof typeof FIRST_ID,
  index: number,
  { seed, difficulty, width, height }: SynthOptions,
): Promise<Picture> {
  const random = randomStream(seed, split, index);
  const { scene, labels } = drawablePeople(width, height, difficulty, random);
  const id = FIRST_ID[split] + index;
  const image = { id, file_name: `${String(id).padStart(12, "0")}.jpg`, width, height };
  await writeFile(join(folder, split, image.file_name), await renderScene(scene, random.fork("noise")));
  const annotations = labels.map(
    (label, person): CocoFileAnnotation => ({
      id: IDS_AN_IMAGE * id + person,
      image_id: id,
      category_id: 1,
      iscrowd: 0,
      bbox: label.box,
      area: label.area,
      num_keypoints: label.numKeypoints,
      keypoints: label.keypoints,
    }),
  );
  return { image, annotations };
}

/** Samples a scene and takes out, one by one, people so hidden that nobody would label them. */
function drawablePeople(
  width: number,
  height: number,
  difficulty: DifficultyName,
  random: RandomStream,
): { scene: Scene; labels: PersonLabel[] } {
  let scene = sampleScene(width, height, DIFFICULTIES[difficulty], random.fork("scene"));
  for (;;) {
    const labels = labelScene(scene);
    const hidden = labels.findIndex((label) => !isRecognisable(label));
    if (hidden === -1) return { scene, labels };
    scene = withoutPerson(scene, hidden);
  }
}

/** COCO labels no keypoints on people below 32² pixels. */
function isRecognisable({ keypoints, area }: PersonLabel): boolean {
  const seen = keypoints.filter((value, index) => index % 3 === 2 && value === 2).length;
  return seen >= 4 && area >= 32 ** 2;
}
