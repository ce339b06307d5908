import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { loadEngine } from "../../../src/engine/load-engine.ts";

beforeAll(async () => {
  await loadEngine("wasm");
});

test("rows of one segment are summed, and a segment without rows is zero", () => {
  const before = tf.memory().numTensors;
  const sums = tf.tidy(() =>
    tf.unsortedSegmentSum(tf.tensor2d([1, 2, 10, 20, 100, 200], [3, 2]), tf.tensor1d([2, 0, 2], "int32"), 4),
  );
  expect(sums.shape).toEqual([4, 2]);
  // segment 0: row 1; segment 2: rows 0 and 2, 1 + 100 and 2 + 200
  expect(Array.from(sums.dataSync())).toEqual([10, 20, 0, 0, 101, 202, 0, 0]);
  sums.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("the gradient of gather counts how often each row was taken", () => {
  const taken = tf.tensor1d([1, 1, 0], "int32");
  const x = tf.tensor1d([5, 6, 7]);
  const dx = tf.grad((rows) => tf.sum(tf.gather(rows, taken)))(x);
  expect(Array.from(dx.dataSync())).toEqual([1, 2, 0]);
  tf.dispose([taken, x, dx]);
});
