import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Where one split of a data set in COCO's layout lies. */
export interface SplitFiles {
  /** `annotations/person_keypoints_<split>.json` */
  readonly annotations: string;
  /** `<split>/`, the folder of its images. */
  readonly images: string;
}

/** Where the files of a split lie, or are to lie. */
export function splitFiles(dataDir: string, split: string): SplitFiles {
  return {
    annotations: join(dataDir, "annotations", `person_keypoints_${split}.json`),
    images: join(dataDir, split),
  };
}

const ANNOTATIONS = /^person_keypoints_(.+)\.json$/;

/** The splits that have an annotation file. */
export async function findSplits(dataDir: string): Promise<string[]> {
  const folder = join(dataDir, "annotations");
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${folder}: expected a folder of annotations, got ${cause.code}`, { cause });
  });
  const splits = names.flatMap((name) => ANNOTATIONS.exec(name)?.[1] ?? []).sort();
  if (splits.length > 0) return splits;
  throw new Error(`${folder}: expected person_keypoints_<split>.json, got none`);
}

/**
 * Finds the files of one split.
 *
 * @throws {Error} Naming what is missing of folder, annotation file and image folder.
 */
export async function findSplit(dataDir: string, split: string): Promise<SplitFiles> {
  const files = splitFiles(dataDir, split);
  await requireKind(dataDir, "a data folder in COCO's layout", "isDirectory");
  await requireKind(files.annotations, `the annotations of ${split}`, "isFile");
  await requireKind(files.images, `the folder of ${split}'s images`, "isDirectory");
  return files;
}

async function requireKind(path: string, what: string, kind: "isDirectory" | "isFile"): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const got = cause.code === "ENOENT" ? "nothing there" : cause.code;
    throw new Error(`${path}: expected ${what}, got ${got}`, { cause });
  });
  if (!found[kind]()) {
    throw new Error(`${path}: expected ${what}, got ${found.isDirectory() ? "a folder" : "a file"}`);
  }
}
