import { beforeAll, expect, test } from "vitest";
import { addSampleBias, hardSigmoid, hardSwish, relu, relu6 } from "../../../src/nn/ops/elementwise.ts";
import { testEngine } from "../../engine.ts";
import { expectAgreement, normalArray, operationErrors } from "../check-gradients.ts";
import { type Array64, array64, at, mapIndices } from "../float64.ts";

beforeAll(testEngine);

test("ReLU lets positive values through, ReLU6 up to 6, and their gradients the same cells", () => {
  const x = array64([2, 3, 2, 2], (i) => i * 0.75 - 7.1); // -7.1 to 10.15, no kink hit
  expectAgreement(relu, ({ shape, values }) => array64(shape, (i) => Math.max(values[i] as number, 0)), x);
  expectAgreement(
    relu6,
    ({ shape, values }) => array64(shape, (i) => Math.min(Math.max(values[i] as number, 0), 6)),
    x,
  );
});

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

test.for([1, 3])("biases are added sample by sample, to batches of %i", (batch) => {
  const inputs = [normalArray([batch, 2, 3, 4], 4), normalArray([batch, 4], 5)];
  const { output, gradients } = operationErrors(
    (x, biases) => addSampleBias(x as never, biases as never),
    (x, biases) =>
      mapIndices([batch, 2, 3, 4], (...index) => {
        const [b, i, j, c] = index as [number, number, number, number];
        return at(x as never, b, i, j, c) + at(biases as never, b, c);
      }),
    inputs,
  );
  for (const error of [output, ...gradients]) expect(error).toBeLessThan(1e-5);
});
