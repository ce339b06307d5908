import { once } from "node:events";
import { createWriteStream, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { finished } from "node:stream/promises";
import { type RandomStream, randomStream } from "../datasets/synth/random-stream.ts";
import { COCO_SKELETON } from "../eval/skeletons/coco.ts";

/** How much data to make up. */
interface DataSize {
  readonly images: number;
  readonly persons: number;
  readonly detections: number;
}

/** The size of val2017: what a usual evaluation works on. */
export const VAL2017_SIZE: DataSize = { images: 5000, persons: 11_004, detections: 100_000 };

/** Image size; labels of train2017, shares of a side, do not give the true one. */
const [WIDTH, HEIGHT] = [640, 480];

/** A standing person in a box of width and height 1: x, y of each keypoint. */
const STANDING: readonly (readonly [number, number])[] = [
  [0.5, 0.07],
  [0.54, 0.05],
  [0.46, 0.05],
  [0.59, 0.06],
  [0.41, 0.06],
  [0.68, 0.2],
  [0.32, 0.2],
  [0.8, 0.36],
  [0.2, 0.36],
  [0.85, 0.5],
  [0.15, 0.5],
  [0.62, 0.52],
  [0.38, 0.52],
  [0.63, 0.74],
  [0.37, 0.74],
  [0.64, 0.95],
  [0.36, 0.95],
];

interface Person {
  readonly imageId: number;
  readonly box: readonly [number, number, number, number];
  readonly keypoints: readonly number[];
}

/**
 * Writes made-up ground truth and results: standing persons of all sizes, some crowds, some without keypoints; results
 * that find most of them with errors of all sizes, and as many wrong ones. The same seed writes the same bytes.
 */
export async function writeScoringData(
  truthFile: string,
  resultsFile: string,
  size: DataSize,
): Promise<void> {
  const random = randomStream("bench", size.images, size.persons, size.detections);
  const personsOf = new Map<number, Person[]>();
  const annotations = jsonArray(size.persons, (i) => {
    const person = makePerson(random, 1 + random.integer(0, size.images - 1));
    const others = personsOf.get(person.imageId) ?? [];
    personsOf.set(person.imageId, [...others, person]);
    return toAnnotation(random, person, i + 1);
  });
  const images = jsonArray(size.images, (i) => ({
    id: i + 1,
    file_name: `${i + 1}.jpg`,
    width: WIDTH,
    height: HEIGHT,
  }));
  const category = { id: 1, name: "person", supercategory: "person", keypoints: COCO_SKELETON.keypoints };
  await writeText(truthFile, [
    '{"annotations":',
    annotations,
    ',"images":',
    images,
    `,"categories":[${JSON.stringify(category)}]}`,
  ]);

  const perImage = Math.ceil(size.detections / size.images);
  const results = jsonArray(size.detections, (i) => {
    const imageId = 1 + Math.floor(i / perImage);
    const person = personsOf.get(imageId)?.[i % perImage];
    return toResult(random, person ?? makePerson(random, imageId), person !== undefined);
  });
  await writeText(resultsFile, [results]);
}

function makePerson(random: RandomStream, imageId: number): Person {
  const height = 30 * Math.exp(random.uniform(0, 2.6));
  const width = height * random.uniform(0.3, 0.9);
  const box = [random.uniform(0, WIDTH - width), random.uniform(0, HEIGHT - height), width, height].map(
    twoDecimals,
  );
  const keypoints = STANDING.flatMap(([x, y]) => {
    const labelled = random.chance(0.75);
    if (!labelled) return [0, 0, 0];
    const [left, top] = [box[0] as number, box[1] as number];
    return [Math.round(left + x * width), Math.round(top + y * height), random.chance(0.8) ? 2 : 1];
  });
  return { imageId, box: box as unknown as Person["box"], keypoints };
}

function toAnnotation(random: RandomStream, { imageId, box, keypoints }: Person, id: number): object {
  const isCrowd = random.chance(0.02);
  const shown = isCrowd || random.chance(0.4) ? keypoints.map(() => 0) : keypoints;
  return {
    id,
    image_id: imageId,
    category_id: 1,
    iscrowd: Number(isCrowd),
    area: twoDecimals(box[2] * box[3] * random.uniform(0.4, 0.7)),
    bbox: box,
    num_keypoints: shown.filter((value, i) => i % 3 === 2 && value > 0).length,
    keypoints: shown,
    segmentation: polygonAround(random, box),
  };
}

/** An outline of COCO's usual length: 65 numbers on average, of two decimals. */
function polygonAround(random: RandomStream, [x, y, width, height]: Person["box"]): number[][] {
  const corners = Math.max(3, Math.round(27 * Math.exp(random.normal(0, 0.6))));
  const outline = Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners;
    const reach = random.uniform(0.35, 0.5);
    return [x + width * (0.5 + reach * Math.cos(angle)), y + height * (0.5 + reach * Math.sin(angle))].map(
      twoDecimals,
    );
  });
  return [outline.flat()];
}

/** A network's answer: single-precision numbers, as PyTorch and TensorFlow write them. */
function toResult(random: RandomStream, { imageId, box, keypoints }: Person, isReal: boolean): object {
  const error = Math.exp(random.uniform(-5, -0.5)) * Math.sqrt(box[2] * box[3]);
  const found = STANDING.flatMap(([x, y], k) => {
    const labelled = (keypoints[3 * k + 2] as number) > 0;
    const trueX = labelled ? (keypoints[3 * k] as number) : box[0] + x * box[2];
    const trueY = labelled ? (keypoints[3 * k + 1] as number) : box[1] + y * box[3];
    return [trueX + random.normal(0, error), trueY + random.normal(0, error), random.next()].map(Math.fround);
  });
  // The better the keypoints, the higher the score tends to be.
  const score = Math.fround(
    1 / (1 + Math.exp(Math.log(error / Math.sqrt(box[2] * box[3])) + (isReal ? 2 : 5) + random.normal(0, 1))),
  );
  return { image_id: imageId, category_id: 1, keypoints: found, score };
}

function twoDecimals(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The pieces of a JSON array of `length` objects. */
function* jsonArray(length: number, make: (index: number) => object): Generator<string> {
  yield "[";
  for (let i = 0; i < length; i += 1) yield `${i === 0 ? "" : ","}${JSON.stringify(make(i))}`;
  yield "]";
}

/** Writes pieces of text one after another, never all of them in memory. */
async function writeText(file: string, pieces: Iterable<string | Iterable<string>>): Promise<void> {
  const stream = createWriteStream(file);
  let pending = "";
  for (const group of pieces) {
    for (const piece of typeof group === "string" ? [group] : group) {
      pending += piece;
      if (pending.length < 1 << 20) continue;
      if (!stream.write(pending)) await once(stream, "drain");
      pending = "";
    }
  }
  stream.end(pending);
  await finished(stream);
}

/**
 * Writes ground truth of train2017's size: every person of a folder of YOLO pose labels (one file an image; a line a
 * person: class, box centre and size, then x, y, visibility of 17 keypoints, all shares of the image), each with an
 * outline of COCO's usual length.
 *
 * @returns How many persons there are.
 */
export async function writeTrain2017Truth(labelsFolder: string, truthFile: string): Promise<number> {
  const random = randomStream("train2017");
  const files = readdirSync(labelsFolder).sort();
  const imageId = (file: string): number => Number(basename(file, ".txt"));
  const persons = files.flatMap((file) =>
    readFileSync(join(labelsFolder, file), "utf8")
      .trim()
      .split("\n")
      .map((line) => ({ imageId: imageId(file), numbers: line.split(" ").map(Number) })),
  );
  const images = jsonArray(files.length, (i) => ({
    license: 1,
    file_name: basename(files[i] as string, ".txt").concat(".jpg"),
    height: HEIGHT,
    width: WIDTH,
    id: imageId(files[i] as string),
  }));
  const annotations = jsonArray(persons.length, (i) => {
    const { imageId, numbers } = persons[i] as (typeof persons)[number];
    const [, x = 0, y = 0, width = 0, height = 0, ...points] = numbers;
    const box = [(x - width / 2) * WIDTH, (y - height / 2) * HEIGHT, width * WIDTH, height * HEIGHT].map(
      twoDecimals,
    );
    const keypoints = points.map((value, k) =>
      Math.round([value * WIDTH, value * HEIGHT, value][k % 3] as number),
    );
    return {
      segmentation: polygonAround(random, box as [number, number, number, number]),
      num_keypoints: keypoints.filter((value, k) => k % 3 === 2 && value > 0).length,
      area: twoDecimals(width * WIDTH * height * HEIGHT * 0.53),
      iscrowd: 0,
      keypoints,
      image_id: imageId,
      bbox: box,
      category_id: 1,
      id: i + 1,
    };
  });
  const category = { supercategory: "person", id: 1, name: "person", keypoints: COCO_SKELETON.keypoints };
  const pieces = [
    '{"images":',
    images,
    ',"annotations":',
    annotations,
    `,"categories":[${JSON.stringify(category)}]}`,
  ];
  await writeText(truthFile, pieces);
  return persons.length;
}
