import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { checkAnnotations } from "./check-annotations.ts";
import { checkPictures } from "./check-pictures.ts";
import type { Problem } from "./problem.ts";

export interface CheckOptions {
  /** Splits to check; all that have annotations, if left out. */
  readonly splits?: readonly string[];
  /** Decode every picture to its end. @default true */
  readonly decode?: boolean;
  readonly onImage?: (done: number, total: number) => void;
}

export interface CheckedSplit {
  readonly split: string;
  readonly images: number;
  readonly annotations: number;
  readonly problems: readonly Problem[];
}

const FILE_NAME = /^person_keypoints_(.+)\.json$/;

/**
 * Checks a data set in COCO's layout: every record, every picture.
 *
 * @throws {Error} If there is no annotation file to check.
 */
export async function checkDataset(dataDir: string, options: CheckOptions = {}): Promise<CheckedSplit[]> {
  const splits = options.splits ?? (await findSplits(dataDir));
  const checked: CheckedSplit[] = [];
  for (const split of splits) {
    const file = join(dataDir, "annotations", `person_keypoints_${split}.json`);
    const { images, annotations, problems } = await checkAnnotations(file);
    const onImage = (done: number) => options.onImage?.(done, images.length);
    const pictures = await checkPictures(join(dataDir, split), images, options.decode ?? true, onImage);
    checked.push({ split, images: images.length, annotations, problems: [...problems, ...pictures] });
  }
  return checked;
}

/** The splits that have an annotation file. */
export async function findSplits(dataDir: string): Promise<string[]> {
  const folder = join(dataDir, "annotations");
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${folder}: expected a folder of annotations, got ${cause.code}`, { cause });
  });
  const splits = names.flatMap((name) => FILE_NAME.exec(name)?.[1] ?? []).sort();
  if (splits.length > 0) return splits;
  throw new Error(`${folder}: expected person_keypoints_<split>.json, got none`);
}
