import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import sharp from "sharp";
import { inParallel } from "../files/in-parallel.ts";
import { imagePath } from "../image/image-path.ts";
import { readImage } from "../image/read-image.ts";
import { checkAnnotations } from "./check-annotations.ts";
import type { Problem, ProblemKind } from "./problem.ts";

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

export interface ListedImage {
  readonly id: number;
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Checks that every listed image is there, can be decoded to the end and has the size it is said to have, and that
 * every file of the folder is listed.
 *
 * @param decode False reads the headers alone: faster, but damage further in goes unseen.
 */
export async function checkPictures(
  folder: string,
  images: readonly ListedImage[],
  decode: boolean,
  onImage: (done: number) => void = () => {},
): Promise<Problem[]> {
  let done = 0;
  const problems = await inParallel(images.length, async (index) => {
    const found = await checkPicture(folder, images[index] as ListedImage, decode);
    onImage(++done);
    return found;
  });
  return [...problems.flat(), ...(await unlistedFiles(folder, images))];
}

async function checkPicture(folder: string, image: ListedImage, decode: boolean): Promise<Problem[]> {
  const problem = (kind: ProblemKind, detail: string): Problem[] => [
    { kind, file: join(folder, image.fileName), record: `image ${image.id}`, detail },
  ];
  let path: string;
  try {
    path = imagePath(folder, image.fileName);
  } catch (error) {
    return problem("unsafe-file-name", (error as Error).message);
  }
  try {
    const { width, height } = decode ? await readImage(path) : await sharp(path).metadata();
    if (width === image.width && height === image.height) return [];
    return problem(
      "image-size",
      `expected ${image.width} x ${image.height} as listed, got ${width} x ${height}`,
    );
  } catch (error) {
    // The file system knows better than the words of whoever could not read it.
    if (!existsSync(path)) return problem("missing-file", "expected a file, got nothing there");
    return problem("corrupt-file", (error as Error).message.replace(`${path}: `, ""));
  }
}

async function unlistedFiles(folder: string, images: readonly ListedImage[]): Promise<Problem[]> {
  const listed = new Set(images.map(({ fileName }) => join(folder, fileName)));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return paths
    .filter((path) => !listed.has(path))
    .sort()
    .map((path) => ({
      kind: "unlisted-file",
      file: path,
      record: relative(folder, path),
      detail: "expected every file to be listed, got one that is not",
    }));
}
