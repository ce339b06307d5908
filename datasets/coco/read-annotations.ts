import { readFile } from "node:fs/promises";
import { areaOfBox } from "../../eval/oks.ts";
import type { CategoryRecord, CocoKeypoints, PersonAnnotation } from "./coco-keypoints.ts";
import { parseRecord } from "./parse-record.ts";
import { annotationSchema, categorySchema, imageSchema } from "./schema.ts";

export { type CocoKeypoints, type ImageRecord, type PersonAnnotation, truthOf } from "./coco-keypoints.ts";

/**
 * Reads a COCO keypoint annotation file.
 *
 * @throws {TypeError} If a record is not as COCO describes it; the message names file, record and field.
 */
export async function readAnnotations(file: string): Promise<CocoKeypoints> {
  const content: unknown = JSON.parse(await readFile(file, "utf8"));
  const records = (key: string): unknown[] => {
    const list = (content as Record<string, unknown> | null)?.[key];
    if (Array.isArray(list)) return list;
    throw new TypeError(
      `${file}: expected an array "${key}", got ${list === undefined ? "nothing" : typeof list}`,
    );
  };
  const images = records("images").map((image, i) => parseRecord(imageSchema, image, `${file} images[${i}]`));
  const categories = records("categories").map((c, i) =>
    parseRecord(categorySchema, c, `${file} categories[${i}]`),
  );
  const numKeypoints = new Map(categories.map(({ id, keypoints }) => [id, keypoints.length]));
  const annotations = records("annotations").map((record, i) => {
    const annotation = toAnnotation(record, `${file} ${nameOf(record, i)}`);
    requireKeypointsOf(annotation, numKeypoints, file);
    return annotation;
  });
  return { file, images, annotations, categories };
}

function nameOf(record: unknown, index: number): string {
  const id = (record as { id?: unknown } | null)?.id;
  return typeof id === "number" ? `annotation ${id}` : `annotations[${index}]`;
}

function toAnnotation(record: unknown, where: string): PersonAnnotation {
  const parsed = parseRecord(annotationSchema, record, where);
  return {
    id: parsed.id,
    imageId: parsed.image_id,
    categoryId: parsed.category_id,
    keypoints: parsed.keypoints,
    numKeypoints: parsed.num_keypoints,
    box: parsed.bbox,
    area: parsed.area ?? areaOfBox(parsed.bbox),
    isCrowd: Boolean(parsed.iscrowd),
    ...(parsed.area === undefined ? { areaEstimated: true } : {}),
  };
}

function requireKeypointsOf(
  { id, categoryId, keypoints }: PersonAnnotation,
  numKeypoints: ReadonlyMap<CategoryRecord["id"], number>,
  file: string,
): void {
  const expected = 3 * (numKeypoints.get(categoryId) ?? 0);
  if (expected === 0 || keypoints.length === expected) return;
  throw new RangeError(
    `${file} annotation ${id}: expected ${expected} keypoint numbers (category ${categoryId} names ${expected / 3} keypoints), got ${keypoints.length}`,
  );
}
