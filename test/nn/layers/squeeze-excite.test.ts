import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { SqueezeExcite, type SqueezeGate } from "../../../src/nn/layers/index.ts";
import { testEngine } from "../../engine.ts";
import { normalArray, tensorOf } from "../check-gradients.ts";
import { type Array64, at, mapIndices, relativeError, sum } from "../float64.ts";

beforeAll(testEngine);

const GATES: Record<SqueezeGate, (score: number) => number> = {
  sigmoid: (score) => 1 / (1 + Math.exp(-score)),
  "hard-sigmoid": (score) => Math.min(Math.max(score + 3, 0), 6) / 6,
};

/** x · gate(W₂ ReLU(W₁ mean(x) + b₁) + b₂), channel by channel. */
function reference(x: Array64, weights: Array64[], gate: (score: number) => number): Array64 {
  const [w1, b1, w2, b2] = weights as [Array64, Array64, Array64, Array64];
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const mean = (b: number, c: number) =>
    sum(height, (i) => sum(width, (j) => at(x, b, i, j, c))) / (height * width);
  const hidden = (b: number, h: number) =>
    Math.max(0, at(b1, h) + sum(channels, (c) => mean(b, c) * at(w1, c, h)));
  const factors = mapIndices([batch, channels], (b, c) =>
    gate(
      at(b2, c as number) +
        sum(b1.shape[0] as number, (h) => hidden(b as number, h) * at(w2, h, c as number)),
    ),
  );
  return mapIndices(x.shape, (b, i, j, c) => {
    const [row, column, channel] = [i as number, j as number, c as number];
    return at(x, b as number, row, column, channel) * at(factors, b as number, channel);
  });
}

test("channels are scaled as the float64 reference says, with either gate", () => {
  const x = normalArray([2, 3, 4, 5], 21);
  const weights = [
    normalArray([5, 3], 22),
    normalArray([3], 23),
    normalArray([3, 5], 24),
    normalArray([5], 25),
  ];
  for (const gate of ["sigmoid", "hard-sigmoid"] as const) {
    const layer = new SqueezeExcite({ hidden: 3, gate });
    layer.build([null, null, null, 5]);
    layer.setWeights(weights.map(tensorOf));
    const y = layer.apply(tensorOf(x)) as tf.Tensor;
    expect(relativeError(y.dataSync(), reference(x, weights, GATES[gate]))).toBeLessThan(1e-6);
    expect(layer.multiplyAdds).toBe(2 * 5 * 3);
  }
});

test("what does not fit a squeeze-and-excitation is refused", () => {
  expect(() => new SqueezeExcite({ name: "se", hidden: 0.5 })).toThrow(
    "se.hidden: expected a whole number of at least 1, got 0.5",
  );
  expect(() => new SqueezeExcite({ name: "se", hidden: 1, gate: "relu" as SqueezeGate })).toThrow(
    'se.gate: expected "sigmoid" or "hard-sigmoid", got relu',
  );
  expect(() => new SqueezeExcite({ name: "se", hidden: 1 }).apply(tf.zeros([2, 3]))).toThrow(
    "se: expected an input [B, H, W, C], got [2,3]",
  );
});
