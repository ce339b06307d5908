import { beforeAll, test } from "vitest";
import { globalAveragePool, maxPool } from "../../../src/nn/ops/pool.ts";
import { testEngine } from "../../engine.ts";
import { expectAgreement, normalArray } from "../check-gradients.ts";
import { type Array64, array64, at, mapIndices, sum } from "../float64.ts";

beforeAll(testEngine);

test("max pooling takes the largest value of each window, padding never", () => {
  const reference = (x: Array64) =>
    mapIndices([2, 3, 4, 2], (...index) => {
      const [b, i, j, c] = index as [number, number, number, number];
      let largest = Number.NEGATIVE_INFINITY;
      for (let row = 2 * i - 1; row <= 2 * i + 1; row++) {
        for (let column = 2 * j - 1; column <= 2 * j + 1; column++) {
          if (row >= 0 && row < 6 && column >= 0 && column < 7)
            largest = Math.max(largest, at(x, b, row, column, c));
        }
      }
      return largest;
    });
  // All negative: a padding of zeros would win.
  const x = normalArray([2, 6, 7, 2], 4);
  const negative = array64(x.shape, (i) => Math.fround(-Math.abs(x.values[i] as number) - 1));
  expectAgreement(
    (image) => maxPool(image, [3, 3], { strides: [2, 2], padding: [1, 1, 1, 1] }),
    reference,
    negative,
  );
});

test("global average pooling is the mean over the image", () => {
  const reference = (x: Array64) =>
    mapIndices([2, 3], (b, c) => sum(4, (i) => sum(5, (j) => at(x, b as number, i, j, c as number))) / 20);
  expectAgreement(globalAveragePool, reference, normalArray([2, 4, 5, 3], 5));
});
