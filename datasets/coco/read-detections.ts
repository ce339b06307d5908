import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { BoxTuple } from "../../eval/keypoint-data.ts";
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
 * Reads a COCO detection results file: an array of `{image_id, category_id, bbox, score}`, other fields left unread.
 *
 * @throws {Error} If the file is missing, not JSON, or a record is not as COCO describes it: names file and record.
 */
export async function readDetections(file: string): Promise<Detection[]> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${file}: expected a detections file, got ${cause.code ?? cause}`, { cause });
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file}: expected JSON, got: ${(cause as Error).message}`, { cause });
  }
  if (!Array.isArray(content)) throw new TypeError(`${file}: expected an array of detections`);
  return content.map((record, i) => parseRecord(detectionSchema, record, `${file} detections[${i}]`));
}
