import * as tf from "@tensorflow/tfjs-core";
import { input, layers, loadLayersModel, model, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";
import { dynamicLayers, setTemperature, temperatureOf } from "../../../src/nn/attention.ts";
import { DynamicConv2D, DynamicConv2DTranspose, type DynamicConvArgs } from "../../../src/nn/layers/index.ts";
import { type Size, symmetricPadding } from "../../../src/nn/ops/geometry.ts";
import { testEngine } from "../../engine.ts";
import { normalArray, tensorOf } from "../check-gradients.ts";
import { type Array64, array64, at, mapIndices, relativeError, sum } from "../float64.ts";
import { referenceDynamicConv } from "../reference-conv.ts";

beforeAll(testEngine);

/** A layer's weights as float64, by the last part of their names. */
function weightsOf(layer: DynamicConv2D | DynamicConv2DTranspose): (name: string) => Array64 {
  return (name) => {
    const weight = layer.weights.find((w) => w.originalName.endsWith(`/${name}`));
    if (!weight) throw new Error(`no weight ${name}`);
    const values = Float64Array.from(weight.read().dataSync());
    return { shape: weight.shape as number[], values };
  };
}

/** π_k(x) = exp(z_k / τ) / Σ exp(z_j / τ), z of two fully connected layers on the mean of the image. */
function referenceAttention(x: Array64, weight: (name: string) => Array64, temperature: number): Array64 {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [w1, b1] = [weight("attention_hidden_kernel"), weight("attention_hidden_bias")];
  const [w2, b2] = [weight("attention_output_kernel"), weight("attention_output_bias")];
  const mean = mapIndices(
    [batch, channels],
    (b, c) => sum(height, (i) => sum(width, (j) => at(x, b as number, i, j, c as number))) / (height * width),
  );
  const hidden = mapIndices([batch, b1.shape[0] as number], (b, h) =>
    Math.max(
      0,
      at(b1, h as number) + sum(channels, (c) => at(mean, b as number, c) * at(w1, c, h as number)),
    ),
  );
  const exponentials = mapIndices([batch, b2.shape[0] as number], (b, k) =>
    Math.exp(
      (at(b2, k as number) +
        sum(b1.shape[0] as number, (h) => at(hidden, b as number, h) * at(w2, h, k as number))) /
        temperature,
    ),
  );
  const kernels = b2.shape[0] as number;
  return mapIndices(
    exponentials.shape,
    (b, k) =>
      at(exponentials, b as number, k as number) / sum(kernels, (j) => at(exponentials, b as number, j)),
  );
}

function expectReference(args: DynamicConvArgs, transposed: boolean, x: Array64): void {
  const layer = transposed ? new DynamicConv2DTranspose(args) : new DynamicConv2D(args);
  const y = layer.apply(tensorOf(x)) as tf.Tensor;
  const bias = array64([args.kernels ?? 4, args.filters], (i) => Math.fround(Math.sin(i)));
  const biasWeight = layer.weights.find((w) => w.originalName.endsWith("/bias"));
  biasWeight?.write(tensorOf(bias));
  const weight = weightsOf(layer);
  const attention = referenceAttention(x, weight, args.temperature ?? 1);
  const kind = transposed ? "transpose" : args.groups === args.filters ? "depthwise" : "conv";
  const pair = (value: number | Size = 1): Size => (typeof value === "number" ? [value, value] : value);
  const geometry = {
    strides: pair(args.strides),
    padding: symmetricPadding(args.padding ?? 0),
    dilation: pair(args.dilation),
    groups: args.groups ?? 1,
  };
  const plain = referenceDynamicConv(x, weight("kernel"), attention, kind, geometry);
  const expected = mapIndices(plain.shape, (...index) => {
    const [b, , , c] = index as [number, number, number, number];
    return at(plain, ...index) + sum(bias.shape[0] as number, (k) => at(attention, b, k) * at(bias, k, c));
  });
  const biased = layer.apply(tensorOf(x)) as tf.Tensor;
  expect(biased.shape).toEqual(layer.computeOutputShape(x.shape as number[]));
  expect(relativeError(biased.dataSync(), expected)).toBeLessThan(1e-5);
  tf.dispose([y, biased]);
}

test("the whole layer, attention and biases included, agrees with the float64 reference", () => {
  const x = normalArray([3, 8, 6, 8], 11);
  const common = { strides: 1, padding: 1, temperature: 3, seed: 5 };
  expectReference({ name: "a", filters: 5, kernelSize: 3, ...common }, false, x);
  expectReference({ name: "b", filters: 5, kernelSize: 3, ...common, strides: 2, kernels: 3 }, false, x);
  expectReference({ name: "c", filters: 6, kernelSize: 1, ...common, padding: 0 }, false, x);
  expectReference({ name: "d", filters: 8, groups: 8, kernelSize: 3, ...common, strides: 2 }, false, x);
  expectReference({ name: "e", filters: 5, kernelSize: 4, ...common, strides: 2 }, true, x);
});

test("one image and the same image in a batch give the same output", () => {
  const layer = new DynamicConv2D({ filters: 4, kernelSize: 3, padding: 1 });
  const batch = tensorOf(normalArray([3, 5, 5, 4], 12));
  const whole = layer.apply(batch) as tf.Tensor;
  const alone = layer.apply(tf.slice(batch, [1, 0, 0, 0], [1, 5, 5, 4])) as tf.Tensor;
  const expected = {
    shape: alone.shape,
    values: Float64Array.from(tf.slice(whole, [1, 0, 0, 0], [1, 5, 5, 4]).dataSync()),
  };
  expect(relativeError(alone.dataSync(), expected)).toBeLessThan(1e-5);
});

test("groups of channels are convolved each by itself, dilation spreads the taps: as the reference says", () => {
  const x = normalArray([2, 9, 11, 4], 13);
  const common = { kernelSize: 3, strides: 1, seed: 6 };
  expectReference({ name: "a", filters: 6, ...common, groups: 2 }, false, x);
  expectReference({ name: "b", filters: 6, ...common, groups: 2, dilation: [2, 3], padding: 1 }, false, x);
  expectReference({ name: "c", filters: 5, ...common, strides: 2, dilation: [1, 2] }, false, x);
  expectReference({ name: "d", filters: 4, ...common, groups: 4, dilation: [3, 2] }, false, x);
  expectReference({ name: "e", filters: 3, ...common, strides: 2, dilation: [2, 3], padding: 1 }, true, x);
});

test("a high temperature makes attention uniform, a low one picks a kernel", () => {
  const layer = new DynamicConv2D({ filters: 4, kernelSize: 1, reduction: 1, temperature: 1e6 });
  const x = tensorOf(normalArray([1, 4, 4, 16], 14));
  layer.apply(x);
  for (const weight of layer.attend(x).dataSync()) expect(weight).toBeCloseTo(0.25, 4);
  layer.temperature = 1e-6;
  expect(Math.max(...layer.attend(x).dataSync())).toBeGreaterThan(0.999);
});

test("one temperature is set for all dynamic layers of a model", () => {
  const image = input({ shape: [8, 8, 3] });
  const first = new DynamicConv2D({ filters: 4, kernelSize: 3 }).apply(image);
  const net = model({
    inputs: image,
    outputs: new DynamicConv2DTranspose({ filters: 2, kernelSize: 4, strides: 2 }).apply(first) as never,
  });
  setTemperature(net, 7);
  expect(temperatureOf(net)).toBe(7);
  expect(dynamicLayers(net).map((layer) => layer.temperature)).toEqual([7, 7]);
});

test("a TF.js model with dynamic layers survives saving and loading, temperature included", async () => {
  const net = sequential({
    layers: [
      new DynamicConv2D({ filters: 4, kernelSize: 3, padding: 1, inputShape: [8, 8, 3] } as never),
      layers.flatten(),
    ],
  });
  setTemperature(net, 12);
  let artifacts: tf.io.ModelArtifacts | undefined;
  await net.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  const loaded = await loadLayersModel(tf.io.fromMemory(artifacts as tf.io.ModelArtifacts));
  const x = tensorOf(normalArray([2, 8, 8, 3], 15));
  expect(temperatureOf(loaded)).toBe(12);
  expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual((net.predict(x) as tf.Tensor).dataSync());
});

test("what does not fit is refused before any kernel runs, with what was expected", () => {
  const make = (args: Partial<DynamicConvArgs>) =>
    new DynamicConv2D({ name: "conv", filters: 4, kernelSize: 3, ...args });
  expect(() => make({ kernels: 0 })).toThrow("conv.kernels: expected a whole number of at least 1, got 0");
  expect(() => make({ temperature: 0 })).toThrow("conv.temperature: expected more than 0, got 0");
  expect(() => make({ temperature: Number.NaN })).toThrow("conv.temperature: expected more than 0, got NaN");
  expect(() => make({ groups: 3 })).toThrow("conv.groups: expected a divisor of 4 filters, got 3");
  expect(() => make({ groups: 2 }).apply(tf.zeros([1, 8, 8, 3]))).toThrow(
    "conv.groups: expected a divisor of 3 channels, got 2",
  );
  expect(() => make({}).apply(tf.zeros([8, 8, 3]))).toThrow(
    "conv: expected an input [B, H, W, C], got [8,8,3]",
  );
  expect(() => make({}).computeOutputShape([1, 2, 2, 3])).toThrow("at least 3,3 cells");
});
