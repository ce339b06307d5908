import type { z } from "zod";
import type { KeypointResult } from "../../eval/keypoint-data.ts";
import { type Box, boxOfTuple } from "../crop/crop-geometry.ts";
import { writeAtomic } from "../files/write-atomic.ts";
import { readRecords } from "./json-records.ts";
import { parseRecord } from "./parse-record.ts";
import { detectionSchema, resultSchema } from "./schema.ts";

/** Results written at a time. */
const BATCH = 1000;

/**
 * Reads a COCO keypoint results file, of any size: an array of `{image_id, category_id, keypoints, score, bbox?}`.
 *
 * @throws {TypeError} If a record is not as COCO describes it; the message names file, record and field.
 */
export function readResults(file: string): Promise<KeypointResult[]> {
  return readList(file, "results", resultSchema, ({ image_id, category_id, keypoints, score, bbox }) => {
    const box = bbox?.length === 4 ? { box: bbox } : {};
    return { imageId: image_id, categoryId: category_id, keypoints, score, ...box };
  });
}

/** One box that a detector found. */
export interface Detection {
  readonly imageId: number;
  readonly categoryId: number;
  readonly box: Box;
  readonly score: number;
}

/**
 * Reads a COCO detection results file, of any size: an array of `{image_id, category_id, bbox, score}`, other fields are
 * ignored.
 *
 * @throws {TypeError} If a record is not as COCO describes it; the message names file, record and field.
 */
export function readDetections(file: string): Promise<Detection[]> {
  return readList(file, "detections", detectionSchema, ({ image_id, category_id, bbox, score }) => ({
    imageId: image_id,
    categoryId: category_id,
    box: boxOfTuple(bbox),
    score,
  }));
}

async function readList<R, T>(
  file: string,
  what: string,
  schema: z.ZodType<R>,
  toOurs: (record: R) => T,
): Promise<T[]> {
  const list: T[] = [];
  for await (const { key, first, records } of readRecords(file)) {
    if (key !== undefined) throw new TypeError(`${file}: expected an array of ${what}, got an object`);
    for (const [i, record] of records.entries()) {
      list.push(toOurs(parseRecord(schema, record, `${file} ${what}[${first + i}]`)));
    }
  }
  return list;
}

/** Writes a COCO keypoint results file, whole or not at all. */
export function writeResults(file: string, results: readonly KeypointResult[]): Promise<void> {
  return writeAtomic(file, resultsJson(results));
}

function* resultsJson(results: readonly KeypointResult[]): Generator<string> {
  yield "[";
  for (let start = 0; start < results.length; start += BATCH) {
    const records = results.slice(start, start + BATCH).map((result) => JSON.stringify(toRecord(result)));
    yield `${start === 0 ? "" : ",\n"}${records.join(",\n")}`;
  }
  yield "]\n";
}

function toRecord({ imageId, categoryId, keypoints, score, box }: KeypointResult): object {
  const bbox = box ? { bbox: box } : {};
  return { image_id: imageId, category_id: categoryId, keypoints: Array.from(keypoints), score, ...bbox };
}
