import * as tf from "@tensorflow/tfjs-core";
import { input, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";
import { buildModel } from "../../src/models/build-model.ts";
import {
  attentionOf,
  attentionStatistics,
  relativeEntropy,
  setTemperature,
  summarizeAttention,
} from "../../src/nn/attention.ts";
import { DynamicConv2D } from "../../src/nn/layers/index.ts";
import { testEngine } from "../engine.ts";
import { normalArray, tensorOf } from "./check-gradients.ts";

beforeAll(testEngine);

test("entropy is 0 where one kernel does it all and 1 where all count the same", () => {
  expect(relativeEntropy([1, 0, 0, 0])).toBe(0);
  expect(relativeEntropy([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(1, 12);
  // two of four alike: log 2 / log 4
  expect(relativeEntropy([0.5, 0.5, 0, 0])).toBeCloseTo(0.5, 12);
  // sigmoid's weights need not sum to one: their shares count
  expect(relativeEntropy([0.9, 0.9])).toBeCloseTo(1, 12);
  expect(relativeEntropy([1])).toBe(0);
});

test("usage is the mean over images, entropy the mean of theirs", () => {
  const summary = summarizeAttention({
    layer: "a",
    weights: [
      [1, 0],
      [0.5, 0.5],
    ],
  });
  expect(summary).toEqual({ layer: "a", entropy: 0.5, usage: [0.75, 0.25] });
});

test("every dynamic layer's attention is what the layer itself finds in its input", async () => {
  const image = input({ shape: [6, 6, 3] });
  const [first, second] = [
    new DynamicConv2D({ name: "first", filters: 8, kernelSize: 3, kernels: 3, reduction: 0 }),
    new DynamicConv2D({ name: "second", filters: 2, kernelSize: 1, kernels: 2, reduction: 0 }),
  ];
  const net = model({ inputs: image, outputs: second.apply(first.apply(image)) as SymbolicTensor });
  const x = tensorOf(normalArray([2, 6, 6, 3], 41));
  const before = tf.memory().numTensors;
  const found = await attentionOf(net, x);
  expect(tf.memory().numTensors).toBe(before);
  const expected = tf.tidy(() => [
    { layer: "first", weights: first.attend(x).arraySync() },
    { layer: "second", weights: second.attend(first.apply(x) as tf.Tensor).arraySync() },
  ]);
  expect(found).toEqual(expected);
});

test("a whole network's attention is near uniform at a high temperature; a static network has none", async () => {
  const build = (name: string) => buildModel({ name, inputSize: [32, 32], numKeypoints: 2 });
  const x = tensorOf(normalArray([2, 32, 32, 3], 42));
  const net = build("dy-mobilenetv2-0.35_bottleneck");
  const sharp = await attentionStatistics(net, x);
  expect(sharp).toHaveLength(62);
  for (const { usage } of sharp) expect(usage.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  setTemperature(net, 30);
  const soft = await attentionStatistics(net, x);
  const entropyOf = (all: typeof soft) => all.reduce((sum, { entropy }) => sum + entropy, 0) / all.length;
  expect(entropyOf(soft)).toBeGreaterThan(0.99);
  expect(entropyOf(sharp)).toBeLessThan(entropyOf(soft));
  expect(await attentionStatistics(build("mobilenetv2-0.35_bottleneck"), x)).toEqual([]);
});
