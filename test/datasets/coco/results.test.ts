import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { readDetections, readResults, writeResults } from "../../../datasets/coco/results.ts";

const folder = mkdtempSync(join(tmpdir(), "results-"));
const file = join(folder, "results.json");
const boxes = join(folder, "boxes.json");
afterAll(() => rmSync(folder, { recursive: true }));

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // JSON has no -0
const result = fc.record(
  {
    imageId: fc.nat(),
    categoryId: fc.nat(),
    keypoints: fc.array(finite, { maxLength: 51 }),
    score: finite,
    box: fc.tuple(finite, finite, finite, finite),
  },
  { requiredKeys: ["imageId", "categoryId", "keypoints", "score"] },
);

test("results read back as they were written, bit for bit", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(result), async (results) => {
      await writeResults(file, results);
      expect(await readResults(file)).toEqual(results);
    }),
    { numRuns: 50 },
  );
});

test("many results are written in pieces, typed arrays as plain ones, and nothing is left beside the file", async () => {
  const results = Array.from({ length: 2500 }, (_, i) => ({
    imageId: i,
    categoryId: 1,
    keypoints: Float32Array.of(i, 0.1, 1),
    score: i / 2500,
  }));
  await writeResults(file, results);
  const written = JSON.parse(readFileSync(file, "utf8"));
  expect(written).toHaveLength(2500);
  expect(written[7]).toEqual({
    image_id: 7,
    category_id: 1,
    keypoints: [7, Math.fround(0.1), 1],
    score: 7 / 2500,
  });
  expect(readdirSync(folder)).toEqual(["results.json"]);
});

test("a result that cannot be written leaves the old file", async () => {
  await writeResults(file, []);
  const broken = { imageId: 1, categoryId: 1, score: 1, keypoints: undefined as unknown as number[] };
  await expect(writeResults(file, [broken])).rejects.toThrow(`${file}: could not be written: `);
  expect(await readResults(file)).toEqual([]);
  expect(readdirSync(folder)).toEqual(["results.json"]);
});

test("an empty box is none: some tools write it for no box", async () => {
  writeFileSync(
    file,
    '[{"image_id": 1, "category_id": 1, "keypoints": [1, 2, 3], "score": 0.5, "bbox": []}]',
  );
  expect(await readResults(file)).toEqual([{ imageId: 1, categoryId: 1, keypoints: [1, 2, 3], score: 0.5 }]);
});

test.each([
  [
    '[{"image_id": "1", "category_id": 1, "keypoints": [], "score": 1}]',
    'results[0].image_id: expected number, got "1"',
  ],
  [
    '[{"image_id": 1, "category_id": 1, "keypoints": [null], "score": 1}]',
    "results[0].keypoints: expected an array of finite numbers, got [null]",
  ],
  ['[{"image_id": 1, "category_id": 1, "keypoints": []}]', "results[0].score: expected number, got nothing"],
  ['[{"image_id": 1, "category_id": 1, "keypoints": [NaN], "score": 1}]', "results[0]: expected JSON, got"],
  ['{"annotations": []}', ": expected an array of results, got an object"],
])("%s is refused by name", async (text, message) => {
  writeFileSync(file, text);
  await expect(readResults(file)).rejects.toThrow(message);
  await expect(readResults(file)).rejects.toThrow(file);
});

const BOX_RECORD = { image_id: 7, category_id: 1, bbox: [1, 2, 3.5, 4], score: 0.9 };

test("boxes are read with their scores, whatever else a record holds", async () => {
  writeFileSync(boxes, JSON.stringify([{ ...BOX_RECORD, segmentation: null, id: 3 }]));
  expect(await readDetections(boxes)).toEqual([
    { imageId: 7, categoryId: 1, box: { x: 1, y: 2, width: 3.5, height: 4 }, score: 0.9 },
  ]);
});

test.each([
  [
    "a missing score",
    [BOX_RECORD, { ...BOX_RECORD, score: undefined }],
    /boxes\.json detections\[1\]\.score: /,
  ],
  [
    "three numbers for a box",
    [{ ...BOX_RECORD, bbox: [1, 2, 3] }],
    /detections\[0\]\.bbox: expected 4 numbers/,
  ],
  ["a word in a box", [{ ...BOX_RECORD, bbox: [1, 2, 3, "4"] }], /detections\[0\]\.bbox: /],
  ["an image id that is no number", [{ ...BOX_RECORD, image_id: "7" }], /detections\[0\]\.image_id: /],
  ["an object in place of the array", { annotations: [] }, /boxes\.json: expected an array of detections/],
])("%s is an error that names the record", async (_, content, message) => {
  writeFileSync(boxes, JSON.stringify(content));
  await expect(readDetections(boxes)).rejects.toThrow(message);
});

test("a missing file of boxes and broken JSON are named", async () => {
  rmSync(boxes, { force: true });
  await expect(readDetections(boxes)).rejects.toThrow(`${boxes}: expected a readable file, got ENOENT`);
  writeFileSync(boxes, "[{");
  await expect(readDetections(boxes)).rejects.toThrow(`${boxes} byte`);
});
