/** What `dypose infer` writes about the people it has found, beside drawn copies: numbers and labels. */
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { writeResults } from "../../datasets/coco/results.ts";
import { tupleOfBox } from "../../datasets/crop/crop-geometry.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import { cvatXml } from "../../datasets/labels/cvat.ts";
import { labelStudioConfig, labelStudioTask } from "../../datasets/labels/label-studio.ts";
import { type LabelledImage, labelPose } from "../../datasets/labels/labelled-image.ts";
import { yoloDataset, yoloLabels } from "../../datasets/labels/yolo-labels.ts";
import type { Source } from "../../datasets/sources/expand-sources.ts";
import type { KeypointResult } from "../../eval/keypoint-data.ts";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import type { Pose } from "../infer/detect-poses.ts";

export type LabelFormat = "coco" | "yolo" | "label-studio" | "cvat";

/** The people of a picture, or of a frame of a video. */
export interface FoundPeople {
  /** The picture's or video's path as given, or the camera's name. */
  readonly image: string;
  /** What labelling tools call the picture: relative to the folder of pictures, with slashes. */
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
  /** Of a video: which frame, counted from 0, and when it is shown. */
  readonly frame?: number;
  readonly seconds?: number;
  readonly persons: readonly (Pose & { readonly id?: number })[];
}

/** Takes pictures as they are done; what has to be whole is written at the end. */
export interface Output {
  add(found: FoundPeople): Promise<void>;
  close(): Promise<void>;
}

/** `--json`: an array with an object a person, written when all is done. */
export function jsonOutput(path: string): Output {
  const rows: string[] = [];
  return {
    async add({ image, frame, seconds, persons }) {
      const where = frame === undefined ? { image } : { image, frame, seconds };
      for (const person of persons) {
        rows.push(JSON.stringify({ ...where, ...person }, null, 2).replaceAll("\n", "\n  "));
      }
    },
    async close() {
      if (path === "-") for (const part of arrayJson(rows)) process.stdout.write(part);
      else await writeAtomic(path, arrayJson(rows));
    },
  };
}

function* arrayJson(rows: readonly string[]): Generator<string> {
  yield "[";
  for (const [i, row] of rows.entries()) yield `${i === 0 ? "" : ","}\n  ${row}`;
  yield rows.length > 0 ? "\n]\n" : "]\n";
}

/**
 * `--jsonl`: a line a picture or frame, there as soon as it is done, so that another program can follow: a log, whose lines
 * are whole however it ends.
 *
 * @throws {Error} If the file cannot be written, naming it.
 */
export function jsonLinesOutput(path: string): Output {
  const file = path === "-" ? undefined : openLog(path);
  return {
    async add({ fileName: _, ...found }) {
      const line = `${JSON.stringify(found)}\n`;
      if (file === undefined) process.stdout.write(line);
      else writeSync(file, line);
    },
    async close() {
      if (file !== undefined) closeSync(file);
    },
  };
}

function openLog(path: string): number {
  try {
    return openSync(path, "w");
  } catch (cause) {
    throw new Error(`${path}: could not be written: ${(cause as Error).message}`, { cause });
  }
}

/** `--format`: files in `folder`, as a tool wants them. */
export function labelOutput(format: LabelFormat, folder: string, skeleton: Skeleton): Output {
  if (format === "coco") return cocoOutput(folder);
  const images: LabelledImage[] = [];
  return {
    async add({ fileName, width, height, persons }) {
      const image = {
        fileName,
        width,
        height,
        people: persons.map((person) => labelPose(person, { width, height })),
      };
      if (format !== "yolo") images.push(image);
      else {
        const file = join(folder, "labels", withoutExtension(fileName).concat(".txt"));
        await mkdir(dirname(file), { recursive: true });
        await writeAtomic(file, [yoloLabels(image)]);
      }
    },
    async close() {
      if (format === "yolo") await writeAtomic(join(folder, "dataset.yaml"), [yoloDataset(skeleton)]);
      if (format === "cvat") await writeAtomic(join(folder, "annotations.xml"), cvatXml(images, skeleton));
      if (format !== "label-studio") return;
      const tasks = images.map((image) => JSON.stringify(labelStudioTask(image, { skeleton })));
      await writeAtomic(join(folder, "label-studio.json"), [`[\n${tasks.join(",\n")}\n]\n`]);
      await writeAtomic(join(folder, "label-studio.xml"), [labelStudioConfig(skeleton)]);
    },
  };
}

/** COCO results, and the list of pictures that their ids are of. */
function cocoOutput(folder: string): Output {
  const images: { id: number; file_name: string; width: number; height: number }[] = [];
  const taken = new Set<number>();
  const results: KeypointResult[] = [];
  return {
    async add({ fileName, width, height, persons }) {
      const id = cocoId(fileName, taken);
      images.push({ id, file_name: fileName, width, height });
      for (const { keypoints, box, score } of persons) {
        results.push({
          imageId: id,
          categoryId: 1,
          keypoints: Float64Array.from(keypoints.flatMap((point) => [point.x, point.y, point.score])),
          box: tupleOfBox(box),
          score,
        });
      }
    },
    async close() {
      const info = { images, categories: [{ id: 1, name: "person" }] };
      await writeAtomic(join(folder, "image_info.json"), [`${JSON.stringify(info)}\n`]);
      await writeResults(join(folder, "person_keypoints_results.json"), results);
    },
  };
}

/** COCO's own pictures are named after their ids; others get the next number that is free. */
function cocoId(fileName: string, taken: Set<number>): number {
  const digits = /(?:^|\/)(\d{1,15})\.\w+$/.exec(fileName)?.[1];
  const own = digits === undefined ? 0 : Number(digits);
  let id = own > 0 ? own : taken.size + 1;
  while (taken.has(id)) id += 1;
  taken.add(id);
  return id;
}

const withoutExtension = (name: string) => name.replace(/\.[^./]*$/, "");

/**
 * @throws {Error} If two pictures would share a label file: YOLO's is named like its picture, but for the extension.
 */
export function requireLabelFiles(format: LabelFormat | undefined, names: readonly string[]): void {
  if (format !== "yolo") return;
  const pictures = new Map<string, string>();
  for (const name of names) {
    const file = withoutExtension(name).toLowerCase();
    const other = pictures.get(file);
    if (other !== undefined) {
      throw new Error(`--format yolo: expected a label file a picture, got one for ${other} and ${name}`);
    }
    pictures.set(file, name);
  }
}

/**
 * What labelling tools are to call each source: a picture's path from the folder that all pictures lie in; a video's
 * frames lie in a folder of its name.
 *
 * @param names From `outputNames`: used for videos.
 */
export function labelNames(sources: readonly Source[], names: readonly string[]): string[] {
  const folders = sources.flatMap((source) =>
    source.kind === "picture" ? [dirname(resolve(source.path)).split(sep)] : [],
  );
  const [first = []] = folders;
  const shared = first.findIndex((part, i) => folders.some((folder) => folder[i] !== part));
  const root = (shared < 0 ? first : first.slice(0, shared)).join(sep) || sep;
  return sources.map((source, i) =>
    source.kind === "picture"
      ? relative(root, resolve(source.path)).split(sep).join("/")
      : (names[i] as string),
  );
}
