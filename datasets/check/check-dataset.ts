import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import type { ImageRecord } from "../coco/coco-keypoints.ts";
import { findSplits, splitFiles } from "../coco/split-files.ts";
import { inParallel } from "../files/in-parallel.ts";
import { imagePath } from "../image/image-path.ts";
import { readImage, readImageSize } from "../image/read-image.ts";
import { checkAnnotations } from "./check-annotations.ts";
import type { Problem, ProblemKind } from "./problem.ts";

interface CheckOptions {
  /** Splits to check. @default all that have annotations */
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

/**
 * Checks a data set in COCO's layout: every record, every picture.
 *
 * @throws {Error} If there is no annotation file to check.
 */
export async function checkDataset(dataDir: string, options: CheckOptions = {}): Promise<CheckedSplit[]> {
  const splits = options.splits ?? (await findSplits(dataDir));
  const checked: CheckedSplit[] = [];
  for (const split of splits) {
    const files = splitFiles(dataDir, split);
    const { images, annotations, problems } = await checkAnnotations(files.annotations);
    const onImage = (done: number) => options.onImage?.(done, images.length);
    const pictures = await checkPictures(files.images, images, options.decode ?? true, onImage);
    checked.push({ split, images: images.length, annotations, problems: [...problems, ...pictures] });
  }
  return checked;
}

/**
 * Checks that every listed image exists, can be decoded to the end and has the size listed for it, and that every file
 * of the folder is listed.
 *
 * @param decode False reads only the headers: faster, but damage further in goes unseen.
 */
async function checkPictures(
  folder: string,
  images: readonly ImageRecord[],
  decode: boolean,
  onImage: (done: number) => void = () => {},
): Promise<Problem[]> {
  let done = 0;
  const problems = await inParallel(images.length, async (index) => {
    const found = await checkPicture(folder, images[index] as ImageRecord, decode);
    onImage(++done);
    return found;
  });
  return [...problems.flat(), ...(await unlistedFiles(folder, images))];
}

async function checkPicture(folder: string, image: ImageRecord, decode: boolean): Promise<Problem[]> {
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
    const { width, height } = await (decode ? readImage(path) : readImageSize(path));
    if (width === image.width && height === image.height) return [];
    return problem(
      "image-size",
      `expected ${image.width} x ${image.height} as listed, got ${width} x ${height}`,
    );
  } catch (error) {
    // The decoder's message does not say clearly whether the file exists.
    if (!existsSync(path)) return problem("missing-file", "expected a file, got nothing there");
    return problem("corrupt-file", (error as Error).message.replace(`${path}: `, ""));
  }
}

async function unlistedFiles(folder: string, images: readonly ImageRecord[]): Promise<Problem[]> {
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
