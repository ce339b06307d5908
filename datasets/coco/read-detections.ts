import { z } from "zod";
import type { BoxTuple } from "../../eval/keypoint-data.ts";
import { readRecords } from "./json-records.ts";
import { numberList } from "./number-list.ts";
import { parseRecord } from "./parse-record.ts";

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
