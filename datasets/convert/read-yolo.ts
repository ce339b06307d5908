import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { inParallel } from "../files/in-parallel.ts";
import { readImageSize } from "../image/read-image.ts";
import {
  type SourceDataset,
  type SourceImage,
  type SourcePerson,
  type SourceSplit,
  splitName,
  toHundredths,
} from "./source-dataset.ts";

const PICTURE = /\.(jpe?g|png|webp|bmp|tiff?)$/i;

/**
 * Reads a data set in YOLO-pose's layout: `images/<split>/` with a text of the same name in `labels/<split>/` for each
 * picture that shows a person; or both without splits.
 *
 * @param skeleton What the keypoints of a line are.
 * @throws {Error} If a folder is missing, or a text has no picture; {TypeError} naming file and line if a line is wrong.
 */
export async function readYolo(folder: string, skeleton: Skeleton): Promise<SourceDataset> {
  const { keypoints, edges } = skeleton;
  const names = await splitFolders(join(folder, "images"));
  const splits = await Promise.all(
    names.map(async (name): Promise<SourceSplit> => {
      const images = await readSplit(
        join(folder, "images", name),
        join(folder, "labels", name),
        keypoints.length,
      );
      return { name: name === "" ? "train2017" : splitName(name), images };
    }),
  );
  return { keypoints, edges, splits };
}

/** The folders of splits, or one without a name where the pictures lie in the folder itself. */
async function splitFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${folder}: expected YOLO's folder of images, got ${cause.code}`, { cause });
  });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return folders.length > 0 ? folders.sort() : [""];
}

async function readSplit(
  imageFolder: string,
  labelFolder: string,
  numKeypoints: number,
): Promise<SourceImage[]> {
  const found = await stat(labelFolder).catch(() => undefined);
  if (!found?.isDirectory()) throw new Error(`${labelFolder}: expected YOLO's folder of labels, got none`);
  const pictures = (await readdir(imageFolder)).filter((name) => PICTURE.test(name)).sort();
  const labels = new Set((await readdir(labelFolder)).filter((name) => name.endsWith(".txt")));
  const stemOf = (name: string) => basename(name, extname(name));
  for (const name of pictures) labels.delete(`${stemOf(name)}.txt`);
  for (const orphan of labels) {
    throw new Error(
      `${join(labelFolder, orphan)}: expected a picture of the same name in ${imageFolder}, got none`,
    );
  }
  return inParallel(pictures.length, async (index): Promise<SourceImage> => {
    const fileName = pictures[index] as string;
    const path = join(imageFolder, fileName);
    const { width, height } = await readImageSize(path);
    const file = join(labelFolder, `${stemOf(fileName)}.txt`);
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const people = parseYoloLabels(text, { width, height, numKeypoints, where: file });
    return { fileName, path, width, height, people };
  });
}

interface YoloContext {
  /** Pixels of the picture: labels are shares of them. */
  readonly width: number;
  readonly height: number;
  readonly numKeypoints: number;
  /** The file, for errors. */
  readonly where: string;
}

/**
 * Parses a YOLO-pose text: a line a person, of class, box centre x y, box width and height, and x y v, or x y, of each
 * keypoint; all but class and v divided by the picture's width or height. Without v, (0, 0) is unlabelled.
 *
 * @throws {TypeError} Naming file and line.
 */
export function parseYoloLabels(text: string, context: YoloContext): SourcePerson[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "") return [];
    return [parseLine(line.trim().split(/\s+/).map(Number), `${context.where} line ${index + 1}`, context)];
  });
}

function parseLine(numbers: readonly number[], where: string, context: YoloContext): SourcePerson {
  const { width, height, numKeypoints } = context;
  const dimensions = (numbers.length - 5) / numKeypoints;
  if ((dimensions !== 2 && dimensions !== 3) || !numbers.every(Number.isFinite)) {
    const expected = `${5 + 3 * numKeypoints} or ${5 + 2 * numKeypoints} numbers (${numKeypoints} keypoints)`;
    throw new TypeError(`${where}: expected ${expected}, got ${describe(numbers)}`);
  }
  const [kind = 0, centerX = 0, centerY = 0, boxWidth = 0, boxHeight = 0] = numbers;
  if (kind !== 0) throw new TypeError(`${where}: expected class 0 (people), got ${kind}`);
  const keypoints = Array.from({ length: numKeypoints }, (_, index) => {
    const [x = 0, y = 0, mark] = numbers.slice(5 + dimensions * index, 5 + dimensions * (index + 1));
    const visibility = mark ?? (x === 0 && y === 0 ? 0 : 2);
    return visibility > 0 ? [toPixels(x, width), toPixels(y, height), visibility] : [0, 0, 0];
  }).flat();
  const left = (centerX - boxWidth / 2) * width;
  const top = (centerY - boxHeight / 2) * height;
  const box = [
    toHundredths(left),
    toHundredths(top),
    toPixels(boxWidth, width),
    toPixels(boxHeight, height),
  ] as const;
  return { keypoints, box };
}

/** YOLO's six decimals are a thousandth of a pixel: to the hundredth, whole pixels come back whole. */
const toPixels = (share: number, size: number) => toHundredths(share * size);

function describe(numbers: readonly number[]): string {
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  return bad < 0 ? `${numbers.length}` : `something else in place ${bad + 1}`;
}
