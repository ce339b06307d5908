import type { BoxTuple } from "../../eval/keypoint-data.ts";

/** What every format is read into, and written from. */
export interface SourceDataset {
  /** Names, in the order of the people's keypoints. */
  readonly keypoints: readonly string[];
  /** Limbs: pairs of keypoint indices. */
  readonly edges: readonly (readonly [number, number])[];
  readonly splits: readonly SourceSplit[];
}

export interface SourceSplit {
  /** `train2017`, `val2017` or a name of its own. */
  readonly name: string;
  readonly images: readonly SourceImage[];
}

export interface SourceImage {
  /** Left out where the format has none. */
  readonly id?: number;
  /** Relative to the folder of images. */
  readonly fileName: string;
  /** The file as it is now. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly people: readonly SourcePerson[];
}

export interface SourcePerson {
  readonly id?: number;
  /** x, y, visibility: 3 numbers a keypoint. */
  readonly keypoints: readonly number[];
  readonly box: BoxTuple;
  /** Square pixels; left out where it is not known. */
  readonly area?: number;
  readonly isCrowd?: boolean;
}

/** Rounded to a hundredth of a pixel, as COCO's own boxes are. */
export function toHundredths(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}

/** Room around the keypoints, as a share of the longer side of the rectangle around them: heads, hands and feet reach past their keypoints. */
const ROOM = 0.15;

/** A person's box where a data set has none: around the labelled keypoints, within the image. Undefined without any. */
export function boxOfKeypoints(
  keypoints: readonly number[],
  width: number,
  height: number,
): BoxTuple | undefined {
  const labelled = Array.from({ length: keypoints.length / 3 }, (_, index) =>
    keypoints.slice(3 * index, 3 * index + 3),
  ).filter(([, , visibility = 0]) => visibility > 0);
  const xs = labelled.map(([x = 0]) => x);
  const ys = labelled.map(([, y = 0]) => y);
  const extent = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const room = ROOM * extent;
  const left = Math.max(0, Math.min(...xs) - room);
  const top = Math.max(0, Math.min(...ys) - room);
  const right = Math.min(width, Math.max(...xs) + room);
  const bottom = Math.min(height, Math.max(...ys) + room);
  return right > left && bottom > top
    ? [toHundredths(left), toHundredths(top), toHundredths(right - left), toHundredths(bottom - top)]
    : undefined;
}

/** COCO's name for what other data sets call train or val. */
export function splitName(name: string): string {
  if (/^train(ing)?$/i.test(name)) return "train2017";
  if (/^(val|valid|validation)$/i.test(name)) return "val2017";
  return name;
}

/** File names, one a line; blank lines and comments after a # are ignored. */
interface ImageList {
  readonly text: string;
  /** The list's name, for errors. */
  readonly where: string;
}

/**
 * Splits a data set anew: the images of one list become val2017, those of the other train2017. Without a list for
 * training, all others are; with one, images in neither list are left out.
 *
 * @throws {Error} If a listed image is not there, or in both lists.
 */
export function splitByList(source: SourceDataset, val: ImageList, train?: ImageList): SourceDataset {
  const images = source.splits.flatMap((split) => split.images);
  const known = new Set(images.map(({ fileName }) => fileName));
  const inVal = namesOf(val, known);
  const inTrain = train && namesOf(train, known);
  for (const name of inVal) {
    if (inTrain?.has(name)) {
      throw new Error(`${train?.where}: expected images that are not in ${val.where}, got ${name}`);
    }
  }
  const forTraining = ({ fileName }: SourceImage) => (inTrain ? inTrain.has(fileName) : !inVal.has(fileName));
  return {
    ...source,
    splits: [
      { name: "train2017", images: images.filter(forTraining) },
      { name: "val2017", images: images.filter(({ fileName }) => inVal.has(fileName)) },
    ],
  };
}

function namesOf({ text, where }: ImageList, known: ReadonlySet<string>): Set<string> {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*/, "").trim());
  const names = new Set(lines.filter((name) => name !== ""));
  for (const name of names) {
    if (!known.has(name)) {
      throw new Error(`${where}: expected names of images, got ${name}, which is none of them`);
    }
  }
  return names;
}
