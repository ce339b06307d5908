import { access } from "node:fs/promises";
import { basename, extname } from "node:path";
import { closest } from "fastest-levenshtein";
import type { BoxTuple } from "../../eval/keypoint-data.ts";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { inParallel } from "../files/in-parallel.ts";
import { imagePath } from "../image/image-path.ts";
import { readImageSize } from "../image/read-image.ts";
import {
  boxOfKeypoints,
  type SourceDataset,
  type SourceImage,
  type SourcePerson,
  type SourceSplit,
  toHundredths,
} from "./source-dataset.ts";

/** A picture as a labelling tool exports it, before its file has been looked for. */
export interface ToolImage {
  /** File and record, to begin errors with. */
  readonly where: string;
  /** Names under which the picture may lie in its folder, the likeliest first. */
  readonly names: readonly string[];
  /** As the tool saw it; undefined where nothing was labelled. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly people: readonly ToolPerson[];
}

export interface ToolPerson {
  /** x, y, visibility: 3 numbers a keypoint, pixels. */
  readonly keypoints: readonly number[];
  /** Drawn around the keypoints where there is none. */
  readonly box?: BoxTuple;
}

/**
 * Makes a data set of what a tool's files hold; those whose name says so become val2017, the others train2017.
 *
 * @throws {Error} If a picture is missing, there twice, or of another size than the one that was labelled.
 */
export async function toolDataset(
  files: readonly { readonly file: string; readonly images: readonly ToolImage[] }[],
  imageFolder: string,
  { keypoints, edges }: Skeleton,
): Promise<SourceDataset> {
  const splits = new Map<string, SourceImage[]>();
  const known = new Set<string>();
  for (const { file, images } of files) {
    const stem = basename(file, extname(file));
    const name = /(^|[^a-z])val(id|idation)?(\d{4})?([^a-z]|$)/i.test(stem) ? "val2017" : "train2017";
    const found = await Promise.all(images.map((image) => findPicture(image, imageFolder)));
    for (const [i, fileName] of found.entries()) {
      if (known.has(fileName)) {
        throw new Error(`${images[i]?.where}: expected each picture once, got ${fileName} again`);
      }
      known.add(fileName);
    }
    const paths = found.map((fileName) => imagePath(imageFolder, fileName));
    const sizes = await inParallel(paths.length, (i) => readImageSize(paths[i] as string));
    const made = images.map((image, i) =>
      sourceImage(
        image,
        found[i] as string,
        paths[i] as string,
        sizes[i] as { width: number; height: number },
      ),
    );
    splits.set(name, [...(splits.get(name) ?? []), ...made]);
  }
  return {
    keypoints,
    edges,
    splits: [...splits].map(([name, images]): SourceSplit => ({ name, images })),
  };
}

async function findPicture({ names, where }: ToolImage, folder: string): Promise<string> {
  for (const name of names) {
    let path: string;
    try {
      path = imagePath(folder, name);
    } catch (cause) {
      throw new Error(`${where}: ${(cause as Error).message}`, { cause });
    }
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return name;
  }
  throw new Error(`${where}: expected the picture ${names[0]} in ${folder}, got none`);
}

function sourceImage(
  { where, size, people }: ToolImage,
  fileName: string,
  path: string,
  { width, height }: { width: number; height: number },
): SourceImage {
  if (size && (size.width !== width || size.height !== height)) {
    const turned = size.width === height && size.height === width ? ", which its EXIF orientation turns" : "";
    throw new Error(
      `${where}: expected a picture of ${size.width}x${size.height} pixels, as labelled, got ${path} of ${width}x${height}${turned}`,
    );
  }
  return {
    fileName,
    path,
    width,
    height,
    people: people.flatMap(({ keypoints, box }): SourcePerson[] => {
      const around = box ?? boxOfKeypoints(keypoints, width, height);
      return around ? [{ keypoints, box: around }] : [];
    }),
  };
}

/** Collects one person's keypoints by their names. */
export class KeypointsByName {
  private readonly names: readonly string[];
  private readonly numbers: number[];

  constructor({ keypoints }: Skeleton) {
    this.names = keypoints;
    this.numbers = new Array<number>(3 * keypoints.length).fill(0);
  }

  has(name: string): boolean {
    return (this.numbers[3 * this.names.indexOf(name) + 2] ?? 0) > 0;
  }

  /** @throws {TypeError} If the skeleton has no such keypoint, or the person has it already. */
  set(name: string, x: number, y: number, visibility: 1 | 2, where: string): void {
    const k = this.names.indexOf(name);
    if (k < 0) {
      const near = closest(name, [...this.names]);
      throw new TypeError(`${where}: expected a keypoint of the skeleton, such as ${near}, got "${name}"`);
    }
    if (this.has(name)) throw new TypeError(`${where}: expected one ${name} a person, got two`);
    this.numbers.splice(3 * k, 3, toHundredths(x), toHundredths(y), visibility);
  }

  get flat(): readonly number[] {
    return this.numbers;
  }
}
