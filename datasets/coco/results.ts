import { readFile, rename, rm, writeFile } from "node:fs/promises";
import type { KeypointResult } from "../../eval/keypoint-data.ts";
import { parseRecord } from "./parse-record.ts";
import { resultSchema } from "./schema.ts";

/**
 * Reads a COCO keypoint results file: an array of `{image_id, category_id, keypoints, score, bbox?}`.
 *
 * @throws {TypeError} If a record is not as COCO describes it; the message names file, record and field.
 */
export async function readResults(file: string): Promise<KeypointResult[]> {
  const content: unknown = JSON.parse(await readFile(file, "utf8"));
  if (!Array.isArray(content))
    throw new TypeError(`${file}: expected an array of results, got ${typeof content}`);
  return content.map((record, i) => toResult(record, `${file} results[${i}]`));
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
    await writeFile(beside, JSON.stringify(results.map(toRecord)));
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

function toRecord({ imageId, categoryId, keypoints, score, box }: KeypointResult): object {
  const bbox = box ? { bbox: box } : {};
  return { image_id: imageId, category_id: categoryId, keypoints: Array.from(keypoints), score, ...bbox };
}
