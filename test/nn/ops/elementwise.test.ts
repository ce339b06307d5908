import type * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { dilateKernel } from "../../../src/nn/ops/dilate-kernel.ts";
import { hardSigmoid, hardSwish, relu, relu6 } from "../../../src/nn/ops/elementwise.ts";
import { globalAveragePool, maxPool } from "../../../src/nn/ops/pool.ts";
import { upsampleBilinear } from "../../../src/nn/ops/upsample.ts";
import { testEngine } from "../../engine.ts";
import { normalArray, operationErrors, tensorOf } from "../check-gradients.ts";
import { type Array64, array64, at, mapIndices, sum } from "../float64.ts";

beforeAll(testEngine);

type Index4 = [number, number, number, number];

function expectAgreement(
  compute: (x: tf.Tensor) => tf.Tensor,
  reference: (x: Array64) => Array64,
  x: Array64,
): void {
  const { output, gradients } = operationErrors(compute, reference, [x]);
  expect(output).toBeLessThan(1e-5);
  expect(gradients[0]).toBeLessThan(1e-5);
}

test("ReLU lets positive values through, ReLU6 up to 6, and their gradients the same cells", () => {
  const x = array64([2, 3, 2, 2], (i) => i * 0.75 - 7.1); // -7.1 to 10.15, no kink hit
  expectAgreement(relu, ({ shape, values }) => array64(shape, (i) => Math.max(values[i] as number, 0)), x);
  expectAgreement(
    relu6,
    ({ shape, values }) => array64(shape, (i) => Math.min(Math.max(values[i] as number, 0), 6)),
    x,
  );
});

/** The value half-pixel bilinear interpolation reads at output cell `i` of a doubled axis. */
function doubled(size: number, i: number, read: (cell: number) => number): number {
  const position = Math.min(Math.max((i + 0.5) / 2 - 0.5, 0), size - 1);
  const low = Math.floor(position);
  const high = Math.min(low + 1, size - 1);
  return (1 - (position - low)) * read(low) + (position - low) * read(high);
}

test("bilinear upsampling doubles with half-pixel centres, and has the adjoint as its gradient", () => {
  const shapes = fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 5 }),
  );
  fc.assert(
    fc.property(shapes, fc.nat(), ([batch, height, width], seed) => {
      const reference = (x: Array64) =>
        mapIndices([batch, 2 * height, 2 * width, 2], (...index) => {
          const [b, i, j, c] = index as Index4;
          return doubled(height, i, (row) => doubled(width, j, (column) => at(x, b, row, column, c)));
        });
      expectAgreement(upsampleBilinear, reference, normalArray([batch, height, width, 2], seed));
    }),
    { numRuns: 25 },
  );
});

test("max pooling takes the largest value of each window, padding never", () => {
  const reference = (x: Array64) =>
    mapIndices([2, 3, 4, 2], (...index) => {
      const [b, i, j, c] = index as Index4;
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

test("a dilated kernel has zeros between its taps", () => {
  const kernel = normalArray([2, 3, 2, 2], 6);
  const reference = (x: Array64) =>
    mapIndices([3, 7, 2, 2], (...index) => {
      const [i, j, p, q] = index as Index4;
      return i % 2 === 0 && j % 3 === 0 ? at(x, i / 2, j / 3, p, q) : 0;
    });
  expectAgreement((x) => dilateKernel(x, [2, 3]), reference, kernel);
  expect(dilateKernel(tensorOf(kernel), [1, 1]).shape).toEqual([2, 3, 2, 2]);
});

beforeAll(testEngine);

test("hard swish and hard sigmoid are straight lines between -3 and 3, and so are their gradients", () => {
  const gate = (x: number) => Math.min(Math.max(x + 3, 0), 6) / 6;
  const each =
    (f: (x: number) => number) =>
    ({ shape, values }: Array64) =>
      array64(shape, (i) => f(values[i] as number));
  const x = array64([2, 3, 2, 2], (i) => i * 0.5 - 5.6); // -5.6 to 5.9, no kink hit
  for (const [compute, reference] of [
    [hardSigmoid, gate],
    [hardSwish, (value: number) => value * gate(value)],
  ] as const) {
    const { output, gradients } = operationErrors(compute, each(reference), [x]);
    expect(output).toBeLessThan(1e-6);
    expect(gradients[0]).toBeLessThan(1e-5);
  }
});
