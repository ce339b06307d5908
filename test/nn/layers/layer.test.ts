import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { Conv2D } from "../../../src/nn/layers/index.ts";
import { fullyConnected } from "../../../src/nn/layers/layer.ts";
import { testEngine } from "../../engine.ts";
import { normalArray, operationErrors } from "../check-gradients.ts";
import { at, mapIndices, sum } from "../float64.ts";

beforeAll(testEngine);

test.for([1, 4])(
  "a fully connected layer agrees with its definition, and its gradients, on batches of %i",
  (batch) => {
    const inputs = [normalArray([batch, 5], 1), normalArray([5, 3], 2), normalArray([3], 3)];
    const { output, gradients } = operationErrors(
      (x, kernel, bias) =>
        fullyConnected(x as never, {
          kernel: { read: () => kernel as never },
          bias: { read: () => bias as never },
        }),
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

test("a layer that was not built yet says so", () => {
  const layer = new Conv2D({ name: "conv", filters: 1, kernelSize: 1 });
  expect(() => layer.call(tf.zeros([1, 2, 2, 1]))).toThrow(
    "conv: expected a layer that was built, got a new one",
  );
});
