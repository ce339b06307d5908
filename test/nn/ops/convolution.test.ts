import { beforeAll, expect, test } from "vitest";
import { dilateKernel } from "../../../src/nn/ops/convolution.ts";
import { testEngine } from "../../engine.ts";
import { expectAgreement, normalArray, tensorOf } from "../check-gradients.ts";
import { type Array64, at, mapIndices } from "../float64.ts";

beforeAll(testEngine);

test("a dilated kernel has zeros between its taps", () => {
  const kernel = normalArray([2, 3, 2, 2], 6);
  const reference = (x: Array64) =>
    mapIndices([3, 7, 2, 2], (...index) => {
      const [i, j, p, q] = index as [number, number, number, number];
      return i % 2 === 0 && j % 3 === 0 ? at(x, i / 2, j / 3, p, q) : 0;
    });
  expectAgreement((x) => dilateKernel(x, [2, 3]), reference, kernel);
  expect(dilateKernel(tensorOf(kernel), [1, 1]).shape).toEqual([2, 3, 2, 2]);
});
