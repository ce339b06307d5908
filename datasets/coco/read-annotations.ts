import type { z } from "zod";
import type { KeypointTruth } from "../../eval/keypoint-data.ts";
import { areaOfBox } from "../../eval/oks.ts";
import type { CategoryRecord, CocoKeypoints, PersonAnnotation } from "./coco-keypoints.ts";
import { readRecords } from "./json-records.ts";
import { parseRecord } from "./parse-record.ts";
import { annotationSchema, categorySchema, imageSchema, truthImageSchema } from "./schema.ts";

/**
 * Reads a COCO keypoint annotation file, of any size.
 *
 * @throws {TypeError} If a record is not as COCO describes it; the message names file, record and field.
 * @throws {RangeError} If an annotation has another number of keypoints than its category names.
 */
export async function readAnnotations(file: string): Promise<CocoKeypoints> {
  return await readCoco(file, imageSchema);
}

/** What an evaluation takes from a COCO keypoint annotation file. */
export interface TruthFile {
  readonly truth: KeypointTruth;
  /** Names of each category's keypoints, where the file names them. */
  readonly keypointNames: readonly (readonly string[])[];
  /** Of the images that have one, by id. */
  readonly fileNames: ReadonlyMap<number, string>;
  /** CrowdPose only: how entangled the persons of an image are, by id. */
  readonly crowdIndices: ReadonlyMap<number, number>;
  /** How many annotations give no area; it is taken to be 0.53 of the box. */
  readonly estimatedAreas: number;
}

/**
 * Reads ground truth to evaluate with; unlike {@link readAnnotations} it needs nothing of an image but its id.
 *
 * @throws {TypeError | RangeError} As {@link readAnnotations}.
 */
export async function readTruth(file: string): Promise<TruthFile> {
  const { images, annotations, categories } = await readCoco(file, truthImageSchema);
  const named = <T>(value: (image: (typeof images)[number]) => T | undefined): Map<number, T> =>
    new Map(images.flatMap((image) => (value(image) === undefined ? [] : [[image.id, value(image) as T]])));
  return {
    truth: truthOf({ images, annotations, categories }),
    keypointNames: categories.map(({ keypoints }) => keypoints),
    fileNames: named(({ file_name }) => file_name),
    crowdIndices: named(({ crowdIndex }) => crowdIndex),
    estimatedAreas: annotations.filter(({ areaEstimated }) => areaEstimated).length,
  };
}

/** What the evaluator compares results with. */
export function truthOf({
  images,
  categories,
  annotations,
}: Omit<CocoRecords<{ id: number }>, "file">): KeypointTruth {
  return {
    imageIds: images.map(({ id }) => id),
    categoryIds: categories.map(({ id }) => id),
    annotations,
  };
}

/** A file as {@link readAnnotations} reads it, but with images of another schema. */
interface CocoRecords<Image> extends Omit<CocoKeypoints, "images"> {
  readonly images: readonly Image[];
}

async function readCoco<Image>(file: string, schema: z.ZodType<Image>): Promise<CocoRecords<Image>> {
  const images: Image[] = [];
  const annotations: PersonAnnotation[] = [];
  const categories: CategoryRecord[] = [];
  const missing = new Set(["images", "annotations", "categories"]);
  for await (const { key, first, records } of readRecords(file)) {
    if (key === undefined)
      throw new TypeError(`${file}: expected an object of images and annotations, got an array`);
    missing.delete(key);
    for (const [i, record] of records.entries()) {
      const where = `${file} ${key}[${first + i}]`;
      if (key === "images") images.push(parseRecord(schema, record, where));
      if (key === "categories") categories.push(parseRecord(categorySchema, record, where));
      if (key === "annotations") annotations.push(toAnnotation(record, where));
    }
  }
  for (const key of missing) throw new TypeError(`${file}: expected an array "${key}", got none`);
  requireNamedKeypoints(file, annotations, categories);
  return { file, images, annotations, categories };
}

function toAnnotation(record: unknown, where: string): PersonAnnotation {
  const parsed = parseRecord(annotationSchema, record, where);
  const annotation = {
    id: parsed.id,
    imageId: parsed.image_id,
    categoryId: parsed.category_id,
    keypoints: parsed.keypoints,
    numKeypoints: parsed.num_keypoints,
    box: parsed.bbox,
    isCrowd: Boolean(parsed.iscrowd),
  };
  if (parsed.area !== undefined) return { ...annotation, area: parsed.area };
  return { ...annotation, area: areaOfBox(parsed.bbox), areaEstimated: true };
}

/** Categories may follow annotations in the file, so this comes last. */
function requireNamedKeypoints(
  file: string,
  annotations: readonly PersonAnnotation[],
  categories: readonly CategoryRecord[],
): void {
  const lengths = new Map(categories.map(({ id, keypoints }) => [id, 3 * keypoints.length]));
  for (const { id, categoryId, keypoints } of annotations) {
    const expected = lengths.get(categoryId) || keypoints.length;
    if (keypoints.length === expected) continue;
    const why = `3 for each of the ${expected / 3} keypoints of category ${categoryId}`;
    throw new RangeError(
      `${file} annotation ${id}: expected ${expected} keypoint numbers (${why}), got ${keypoints.length}`,
    );
  }
}
