import { beforeAll, expect, test } from "vitest";
import type { Batch } from "../../datasets/loader/batch.ts";
import { predictPersons } from "../../src/infer/predict-persons.ts";
import { testEngine } from "../engine.ts";
import { type PaintedPerson, paintedBatch, paintedNetwork, tensorCount } from "./painted-network.ts";

beforeAll(async () => {
  await testEngine();
});

async function* batchesOf(...batches: Batch[]) {
  yield* batches;
}

/** Points on whole cells (4 pixels), so that what is decoded is exact but for the quarter offset's ties. */
const PERSON: PaintedPerson = {
  imageId: 7,
  annotationId: 70,
  box: [100, 200, 60, 80],
  points: [
    [20, 20],
    [8, 40],
    [32, 48],
  ],
  peak: 0.8,
};

test("keypoints come back in image pixels, with the height of their peaks", async () => {
  const network = paintedNetwork();
  const [result] = await predictPersons(network, batchesOf(paintedBatch(network, [PERSON])), {
    flipTest: false,
  });
  // The box 60x80 has the input's aspect; padded it is 75x100 around (130, 240), from (92.5, 190).
  // 48 crop pixels span 75: 1.5625 image pixels a crop pixel. (20, 20) -> (92.5 + 31.25, 190 + 31.25)
  const expected = [123.75, 221.25, 0.8, 105, 252.5, 0.8, 142.5, 265, 0.8];
  expect(result?.imageId).toBe(7);
  expect(result?.categoryId).toBe(1);
  expect(result?.keypoints).toHaveLength(9);
  for (const [i, value] of expected.entries()) expect(result?.keypoints[i]).toBeCloseTo(value, 4);
});

test("a person's score is the box's, looked up by annotation id, times the mean of its keypoints'", async () => {
  const network = paintedNetwork();
  const boxScore = (id: number) => (id === 70 ? 0.5 : Number.NaN);
  const [result] = await predictPersons(network, batchesOf(paintedBatch(network, [PERSON])), {
    flipTest: false,
    boxScore,
  });
  // 0.5 · 0.8
  expect(result?.score).toBeCloseTo(0.4, 6);
});

test("a box goes into the result only where asked for", async () => {
  const network = paintedNetwork();
  const run = (withBox: boolean) =>
    predictPersons(network, batchesOf(paintedBatch(network, [PERSON])), { withBox, flipTest: false });
  expect((await run(true))[0]?.box).toEqual([100, 200, 60, 80]);
  expect((await run(false))[0]).not.toHaveProperty("box");
});

test("the flip test averages with the mirrored heatmaps, moved one cell right", async () => {
  const network = paintedNetwork();
  const [result] = await predictPersons(network, batchesOf(paintedBatch(network, [PERSON])));
  // Gaussians of sigma 1 at cells 5 and 6: the mean at either is 0.8 · (1 + exp(-1/2)) / 2, the first wins.
  expect(result?.keypoints[2]).toBeCloseTo((0.8 * (1 + Math.exp(-0.5))) / 2, 4);
  // Cell 5 is at 20 crop pixels; its right neighbour is the higher one: a quarter of a cell, one pixel, more.
  expect(result?.keypoints[0]).toBeCloseTo(92.5 + 21 * 1.5625, 4);
});

test("the flip test averages each keypoint with its partner's heatmap", async () => {
  const network = paintedNetwork([[0, 1]]);
  // Nothing but its colour tells a keypoint of the painted network apart: red and green keep their channels in the
  // mirrored crop, so that swapping puts red's Gaussian onto green's, far away, and halves both peaks. Blue is its own.
  const [result] = await predictPersons(network, batchesOf(paintedBatch(network, [PERSON])));
  expect(result?.keypoints[2]).toBeCloseTo(0.4, 4);
  expect(result?.keypoints[5]).toBeCloseTo(0.4, 4);
  expect(result?.keypoints[8]).toBeCloseTo((0.8 * (1 + Math.exp(-0.5))) / 2, 4);
});

test("duplicates of an image are suppressed where asked for, across batches, and not across images", async () => {
  const network = paintedNetwork();
  const weaker = { ...PERSON, annotationId: 71, peak: 0.6 };
  const elsewhere = { ...PERSON, imageId: 8, annotationId: 80 };
  const results = await predictPersons(
    network,
    batchesOf(paintedBatch(network, [weaker, elsewhere]), paintedBatch(network, [PERSON])),
    { flipTest: false, nms: { kind: "hard" } },
  );
  expect(results.map(({ imageId }) => imageId)).toEqual([7, 8]);
  expect(results[0]?.score).toBeCloseTo(0.8, 6);
  const all = await predictPersons(network, batchesOf(paintedBatch(network, [weaker, PERSON])), {
    flipTest: false,
  });
  expect(all).toHaveLength(2);
});

test("progress counts persons, and a batch without any is passed over", async () => {
  const network = paintedNetwork();
  const seen: number[] = [];
  const empty = paintedBatch(network, []);
  const results = await predictPersons(
    network,
    batchesOf(empty, paintedBatch(network, [PERSON, { ...PERSON, imageId: 9 }])),
    { onProgress: (persons) => seen.push(persons) },
  );
  expect(results).toHaveLength(2);
  expect(seen).toEqual([2]);
});

test("heatmaps that are not numbers are an error that names the annotation", async () => {
  const network = paintedNetwork();
  const batch = paintedBatch(network, [PERSON]);
  batch.images.fill(Number.NaN);
  await expect(predictPersons(network, batchesOf(batch), { flipTest: false })).rejects.toThrow(
    "image 7, annotation 70: expected finite heatmaps",
  );
});

test("no tensor is left behind, whether it ends well or not", async () => {
  const network = paintedNetwork([[0, 1]]);
  const batch = paintedBatch(network, [PERSON, { ...PERSON, imageId: 9 }]);
  await predictPersons(network, batchesOf(batch));
  const before = tensorCount();
  await predictPersons(network, batchesOf(batch, batch));
  batch.images.fill(Number.NaN);
  await predictPersons(network, batchesOf(batch)).catch(() => {});
  expect(tensorCount()).toBe(before);
});
