import type { BoxTuple } from "../../eval/keypoint-data.ts";

/** What every foreign format is read into. */
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

/** COCO's names for what others call train and val. */
export function splitName(name: string): string {
  if (/^train(ing)?$/i.test(name)) return "train2017";
  if (/^(val|valid|validation)$/i.test(name)) return "val2017";
  return name;
}
