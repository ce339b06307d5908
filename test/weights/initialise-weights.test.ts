import type * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";
import {
  type AttentionKind,
  Conv2D,
  Conv2DTranspose,
  DynamicConv2D,
  DynamicConv2DTranspose,
} from "../../src/nn/layers/index.ts";
import { initialiseWeights } from "../../src/weights/initialise-weights.ts";
import { readWeights } from "../../src/weights/model-weights.ts";
import { testEngine } from "../engine.ts";
import { normalArray, tensorOf } from "../nn/check-gradients.ts";

beforeAll(testEngine);

const ARGS = [
  { name: "plain", filters: 6, kernelSize: 3, padding: 1 },
  { name: "grouped", filters: 6, kernelSize: 3, padding: 1, groups: 2 },
  { name: "depthwise", filters: 6, kernelSize: 3, padding: 1, groups: 6 },
  { name: "pointwise", filters: 4, kernelSize: 1 },
  { name: "transposed", filters: 5, kernelSize: 4, strides: 2, padding: 1 },
];

/** A convolution of every kind, with biases, static or dynamic. */
function chain(isDynamic: boolean, attention: AttentionKind = "softmax"): LayersModel {
  const image = input({ shape: [6, 6, 3] });
  const outputs = ARGS.reduce((x, args) => {
    const dynamic = { ...args, attention, kernels: 3, seed: 9 };
    const layer =
      args.name === "transposed"
        ? isDynamic
          ? new DynamicConv2DTranspose(dynamic)
          : new Conv2DTranspose(args)
        : isDynamic
          ? new DynamicConv2D(dynamic)
          : new Conv2D(args);
    return layer.apply(x) as SymbolicTensor;
  }, image as SymbolicTensor);
  return model({ inputs: image, outputs });
}

const outputOf = (net: LayersModel) => [
  ...(net.predict(tensorOf(normalArray([2, 6, 6, 3], 31))) as tf.Tensor).dataSync(),
];

async function staticWeights(net: LayersModel) {
  for (const [i, { name, weights }] of net.layers.entries()) {
    const bias = weights.find(({ originalName }) => originalName === `${name}/bias`);
    bias?.write(tensorOf(normalArray(bias.shape as number[], 32, i)));
  }
  return readWeights(net);
}

const largestGap = (a: number[], b: number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));

test("dynamic convolutions of every kind that start from static ones give their output", async () => {
  const [plain, dynamic] = [chain(false), chain(true)];
  const taken = initialiseWeights(dynamic, await staticWeights(plain));
  expect(taken.sort()).toEqual(ARGS.flatMap(({ name }) => [`${name}/bias`, `${name}/kernel`]).sort());
  const expected = outputOf(plain);
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1);
  expect(largestGap(outputOf(dynamic), expected)).toBeLessThan(1e-4);
});

test("noise makes the kernels differ by so much of the static kernel's own spread, the same for a seed", async () => {
  const weights = await staticWeights(chain(false));
  const kernelOf = (noise: number, seed: number) => {
    const net = chain(true);
    initialiseWeights(net, weights, { noise, seed });
    const kernel = net.weights.find(({ originalName }) => originalName === "plain/kernel");
    return (kernel as (typeof net.weights)[0]).read().dataSync();
  };
  const [exact, noisy] = [kernelOf(0, 1), kernelOf(0.1, 1)];
  const deviation = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  const added = [...noisy].map((value, i) => value - (exact[i] as number));
  // 486 draws: their deviation is within 4 · 1/√(2 · 486) = 13% of the distribution's
  expect(deviation(added) / deviation([...exact]) / 0.1).toBeGreaterThan(0.87);
  expect(deviation(added) / deviation([...exact]) / 0.1).toBeLessThan(1.13);
  expect(kernelOf(0.1, 1)).toEqual(noisy);
  expect(kernelOf(0.1, 2)).not.toEqual(noisy);
});

test("weights that are dynamic already are taken as they are", async () => {
  const [from, to] = [chain(true), chain(true)];
  const weights = await staticWeights(from);
  expect(initialiseWeights(to, weights)).toHaveLength(from.weights.length);
  expect(outputOf(to)).toEqual(outputOf(from));
});

test("attention that does not sum to one cannot start from static kernels, nor can noise be negative", async () => {
  const weights = await staticWeights(chain(false));
  expect(() => initialiseWeights(chain(true, "sigmoid"), weights)).toThrow(
    'plain.attention: expected "softmax" to start from a static kernel (it sums to one, so that the output stays), got "sigmoid"',
  );
  expect(() => initialiseWeights(chain(true), weights, { noise: -1 })).toThrow(
    "initialiseWeights: expected a noise of 0 or more, got -1",
  );
});
