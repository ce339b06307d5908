import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { BoxTuple, KeypointResult } from "../../eval/keypoint-data.ts";
import { readRecords } from "./json-records.ts";
import { numberList, parseRecord } from "./parse-record.ts";
import { resultSchema } from "./schema.ts";

/** Results written at a time. */
const BATCH = 1000;

/**
 * Reads a COCO keypoint results file, of any size: an array of `{image_id, category_id, keypoints, score, bbox?}`.
 *
 * @throws {TypeError} If a record is not as COCO describes it; the message names file, record and field.
 */
export async function readResults(file: string): Promise<KeypointResult[]> {
  const results: KeypointResult[] = [];
  for await (const { key, first, records } of readRecords(file)) {
    if (key !== undefined) throw new TypeError(`${file}: expected an array of results, got an object`);
    for (const [i, record] of records.entries())
      results.push(toResult(record, `${file} results[${first + i}]`));
  }
  return results;
}

function toResult(record: unknown, where: string): KeypointResult {
  const { image_id, category_id, keypoints, score, bbox } = parseRecord(resultSchema, record, where);
  const box = bbox?.length === 4 ? { box: bbox } : {};
  return { imageId: image_id, categoryId: category_id, keypoints, score, ...box };
}

/** Writes a COCO keypoint results file, beside and renamed: no reader ever sees half of it. */
export async function writeResults(file: string, results: readonly KeypointResult[]): Promise<void> {
  const beside = `${file}.${process.pid}.part`;
  try {
    await pipeline(Readable.from(resultsJson(results)), createWriteStream(beside));
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
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

/** One box that a detector found. */
export interface Detection {
  readonly imageId: number;
  readonly categoryId: number;
  readonly box: BoxTuple;
  readonly score: number;
}

const detectionSchema = z
  .object({
    image_id: z.int(),
    category_id: z.int(),
    bbox: numberList.refine(({ length }) => length === 4, "expected 4 numbers (x, y, width, height)"),
    score: z.number(),
  })
  .transform(
    ({ image_id, category_id, bbox, score }): Detection => ({
      imageId: image_id,
      categoryId: category_id,
      box: bbox as unknown as BoxTuple,
      score,
    }),
  );

/**
 * Reads a COCO detection results file, of any size: an array of `{image_id, category_id, bbox, score}`, other fields left
 * unread.
 *
 * @throws {TypeError} If a record is not as COCO describes it; the message names file, record and field.
 */
export async function readDetections(file: string): Promise<Detection[]> {
  const detections: Detection[] = [];
  for await (const { key, first, records } of readRecords(file)) {
    if (key !== undefined) throw new TypeError(`${file}: expected an array of detections, got an object`);
    for (const [i, record] of records.entries()) {
      detections.push(parseRecord(detectionSchema, record, `${file} detections[${first + i}]`));
    }
  }
  return detections;
}
