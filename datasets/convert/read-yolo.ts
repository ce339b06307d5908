import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { Skeleton } from "../../eval/skeleton.ts";
import { imageSizes } from "./image-sizes.ts";
import { inParallel } from "./in-parallel.ts";
import { type SourceDataset, type SourceImage, type SourceSplit, splitName } from "./source-dataset.ts";
import { parseYoloLabels } from "./yolo-labels.ts";

const PICTURE = /\.(jpe?g|png|webp|bmp|tiff?)$/i;

/**
 * Reads a data set in YOLO-pose's layout: `images/<split>/` with a text of the same name in `labels/<split>/` for each
 * picture that shows anybody; or both without splits.
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
  const paths = pictures.map((name) => join(imageFolder, name));
  const sizes = await imageSizes(paths);
  return inParallel(pictures.length, async (index): Promise<SourceImage> => {
    const fileName = pictures[index] ?? "";
    const { width, height } = sizes[index] ?? { width: 0, height: 0 };
    const file = join(labelFolder, `${stemOf(fileName)}.txt`);
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const people = parseYoloLabels(text, { width, height, numKeypoints, where: file });
    return { fileName, path: paths[index] ?? "", width, height, people };
  });
}
