import { expect, test } from "vitest";
import { ranksOf } from "../../src/train/prepare-classifier.ts";

test("ranks count the classes that beat the right one; ties and NaN go against it", () => {
  const scores = Float32Array.from([3, 2, 1, 0, 0, 0, Number.NaN, 1, 2]);
  expect(ranksOf(scores, [1, 0, 0])).toEqual([1, 2, 2]);
  expect(ranksOf(scores, [0, 2, 2])).toEqual([0, 2, 1]);
});
