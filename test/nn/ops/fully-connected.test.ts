import { beforeAll, expect, test } from "vitest";
import { fullyConnected } from "../../../src/nn/layers/layer.ts";
import { addSampleBias } from "../../../src/nn/ops/elementwise.ts";
import { testEngine } from "../../engine.ts";
import { normalArray, operationErrors } from "../check-gradients.ts";
import { at, mapIndices, sum } from "../float64.ts";

beforeAll(testEngine);

test.for([1, 4])(
  "a fully connected layer agrees with its definition, and its gradients, on batches of %i",
  (batch) => {
    const inputs = [normalArray([batch, 5], 1), normalArray([5, 3], 2), normalArray([3], 3)];
    const { output, gradients } = operationErrors(
      (x, kernel, bias) => fullyConnected(x as never, kernel as never, bias as never),
      (x, kernel, bias) =>
        mapIndices([batch, 3], (b, u) => {
          const [row, unit] = [b as number, u as number];
          return (
            at(bias as never, unit) + sum(5, (c) => at(x as never, row, c) * at(kernel as never, c, unit))
          );
        }),
      inputs,
    );
    for (const error of [output, ...gradients]) expect(error).toBeLessThan(1e-5);
  },
);

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
