import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readDetections } from "../../../datasets/coco/results.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-detections-"));
  file = join(folder, "boxes.json");
});
afterEach(() => rm(folder, { recursive: true }));

const RECORD = { image_id: 7, category_id: 1, bbox: [1, 2, 3.5, 4], score: 0.9 };

test("boxes are read with their scores, whatever else a record holds", async () => {
  await writeFile(file, JSON.stringify([{ ...RECORD, segmentation: null, id: 3 }]));
  expect(await readDetections(file)).toEqual([
    { imageId: 7, categoryId: 1, box: [1, 2, 3.5, 4], score: 0.9 },
  ]);
});

test.each([
  ["a missing score", [RECORD, { ...RECORD, score: undefined }], /boxes\.json detections\[1\]\.score: /],
  ["three numbers for a box", [{ ...RECORD, bbox: [1, 2, 3] }], /detections\[0\]\.bbox: expected 4 numbers/],
  ["a word in a box", [{ ...RECORD, bbox: [1, 2, 3, "4"] }], /detections\[0\]\.bbox: /],
  ["an image id that is no number", [{ ...RECORD, image_id: "7" }], /detections\[0\]\.image_id: /],
  ["an object in place of the array", { annotations: [] }, /boxes\.json: expected an array of detections/],
])("%s is an error that names the record", async (_, content, message) => {
  await writeFile(file, JSON.stringify(content));
  await expect(readDetections(file)).rejects.toThrow(message);
});

test("a missing file and broken JSON are named", async () => {
  await expect(readDetections(file)).rejects.toThrow(`${file}: expected a readable file, got ENOENT`);
  await writeFile(file, "[{");
  await expect(readDetections(file)).rejects.toThrow(`${file} byte`);
});
