import { z } from "zod";
import type { BoxTuple } from "../../eval/keypoint-data.ts";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { readRecords } from "../coco/json-records.ts";
import { parseRecord } from "../coco/parse-record.ts";
import { HIDDEN } from "../labels/label-studio.ts";
import { type SourceDataset, toHundredths } from "./source-dataset.ts";
import { KeypointsByName, type ToolImage, type ToolPerson, toolDataset } from "./tool-people.ts";

const regionSchema = z.object({
  id: z.string().optional(),
  type: z.string(),
  parentID: z.string().nullish(),
  original_width: z.int().positive().optional(),
  original_height: z.int().positive().optional(),
  image_rotation: z.number().optional(),
  meta: z.object({ text: z.union([z.string(), z.array(z.string())]).optional() }).optional(),
  value: z.object({
    x: z.number().optional(),
    y: z.number().optional(),
    width: z.number().optional(),
    height: z.number().optional(),
    keypointlabels: z.array(z.string()).optional(),
  }),
});
type Region = z.infer<typeof regionSchema>;

const workSchema = z.object({
  was_cancelled: z.boolean().nullish(),
  result: z.array(z.unknown()).default([]),
});
const taskSchema = z.object({
  id: z.int().optional(),
  data: z.record(z.string(), z.unknown()),
  annotations: z.array(workSchema).optional(),
  /** Their name before 1.0. */
  completions: z.array(workSchema).optional(),
  predictions: z.array(workSchema).optional(),
});

/**
 * Reads Label Studio's exports in its own JSON: a rectangle a person, keypoints as its parts, or lying in it. Where a
 * task has several annotations, the first that was not cancelled counts; where it has none, its prediction. A keypoint
 * with the note "hidden" is one.
 *
 * @param files Those that become a split each: the name says which.
 * @throws {TypeError} Naming file, task and field, if it is something else.
 */
export async function readLabelStudio(
  files: readonly string[],
  imageFolder: string,
  skeleton: Skeleton,
): Promise<SourceDataset> {
  const read = files.map(async (file) => {
    const images: ToolImage[] = [];
    for await (const { key, first, records } of readRecords(file)) {
      if (key !== undefined) {
        throw new TypeError(`${file}: expected an array of Label Studio's tasks, got an object`);
      }
      for (const [i, record] of records.entries()) {
        images.push(parseTask(record, `${file} tasks[${first + i}]`, skeleton));
      }
    }
    return { file, images };
  });
  return toolDataset(await Promise.all(read), imageFolder, skeleton);
}

/** @throws {TypeError} Naming the field. */
export function parseTask(record: unknown, where: string, skeleton: Skeleton): ToolImage {
  const { data, annotations, completions, predictions } = parseRecord(taskSchema, record, where);
  const done = (annotations ?? completions ?? []).filter(({ was_cancelled: cancelled }) => !cancelled);
  const [work] = done.length > 0 || annotations?.length || completions?.length ? done : (predictions ?? []);
  const regions = (work?.result ?? [])
    .filter((region) =>
      ["rectanglelabels", "keypointlabels"].includes((region as { type?: string })?.type ?? ""),
    )
    .map((region, i) => parseRecord(regionSchema, region, `${where} result[${i}]`));
  const turned = regions.find(({ image_rotation: rotation = 0 }) => rotation % 360 !== 0);
  if (turned) {
    throw new TypeError(
      `${where}: expected a picture that was not turned in Label Studio, got ${turned.image_rotation} degrees`,
    );
  }
  const sized = regions.find((region) => region.original_width && region.original_height);
  if (regions.length > 0 && !sized) {
    throw new TypeError(`${where}: expected original_width and original_height in pixels, got neither`);
  }
  const size = sized && { width: sized.original_width ?? 0, height: sized.original_height ?? 0 };
  return {
    where,
    names: pictureNames(data, where),
    size,
    people: size ? people(regions, size, where, skeleton) : [],
  };
}

/** Label Studio puts eight digits before the name of a picture that was uploaded. */
const UPLOADED = /^[0-9a-f]{8}-/;

function pictureNames(data: Record<string, unknown>, where: string): string[] {
  const address = data["image"] ?? Object.values(data).find((value) => typeof value === "string");
  if (typeof address !== "string" || address === "") {
    throw new TypeError(`${where}: expected data.image, got ${JSON.stringify(address) ?? "nothing"}`);
  }
  const local = /[?&]d=([^&]+)/.exec(address)?.[1];
  const [plain = ""] = address.replace(/^\w+:\/\/[^/]*\//, "").split(/[?#]/);
  const path = decoded(local ?? plain)
    .replaceAll("\\", "/")
    .replace(/^\/+/, "");
  const name = path.split("/").at(-1) ?? path;
  const names = [path, name, name.replace(UPLOADED, "")];
  // A folder of the server's may lie above the folder of pictures.
  const deeper = path.split("/").map((_, k, parts) => parts.slice(k).join("/"));
  return [...new Set([...names.slice(0, 1), ...deeper, ...names.slice(1)])].filter(
    (one) => one !== "" && !one.split("/").includes(".."),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Rectangle {
  readonly id: string | undefined;
  readonly box: BoxTuple;
  readonly points: KeypointsByName;
}

function people(
  regions: readonly Region[],
  { width, height }: { width: number; height: number },
  where: string,
  skeleton: Skeleton,
): ToolPerson[] {
  const toX = (share = 0) => (share / 100) * width;
  const toY = (share = 0) => (share / 100) * height;
  const rectangles = regions
    .filter(({ type }) => type === "rectanglelabels")
    .map(({ id, value }): Rectangle => {
      const box = [toX(value.x), toY(value.y), toX(value.width), toY(value.height)].map(toHundredths);
      return { id, box: box as unknown as BoxTuple, points: new KeypointsByName(skeleton) };
    });
  // Keypoints without any rectangle are one person's.
  const alone = new KeypointsByName(skeleton);
  for (const { type, value, parentID, meta } of regions) {
    const [name] = value.keypointlabels ?? [];
    if (type !== "keypointlabels" || name === undefined) continue;
    const x = toX(value.x);
    const y = toY(value.y);
    const notes = [meta?.text ?? []].flat();
    const owner =
      rectangles.find(({ id }) => parentID && id === parentID) ?? smallestAround(rectangles, x, y, name);
    if (!owner && rectangles.length > 0) {
      throw new TypeError(
        `${where}: expected ${name} in a person's rectangle or as its part, got it outside`,
      );
    }
    (owner?.points ?? alone).set(name, x, y, notes.includes(HIDDEN) ? 1 : 2, where);
  }
  const boxed = rectangles.map(({ box, points }): ToolPerson => ({ keypoints: points.flat, box }));
  return alone.flat.some((value) => value !== 0) ? [...boxed, { keypoints: alone.flat }] : boxed;
}

function smallestAround(
  rectangles: readonly Rectangle[],
  px: number,
  py: number,
  name: string,
): Rectangle | undefined {
  return rectangles
    .filter(({ box: [x, y, width, height], points }) => {
      const isInside = px >= x && py >= y && px <= x + width && py <= y + height;
      return isInside && !points.has(name);
    })
    .sort((a, b) => a.box[2] * a.box[3] - b.box[2] * b.box[3])[0];
}
