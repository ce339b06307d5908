import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { buildModel, type ModelSpec } from "../../src/models/build-model.ts";
import { summarizeModel } from "../../src/models/summarize-model.ts";
import { dynamicLayers } from "../../src/nn/temperature.ts";
import { testEngine } from "../engine.ts";

beforeAll(testEngine);

const small = (name: string, more: Partial<ModelSpec> = {}) =>
  buildModel({ name, inputSize: [64, 32], numKeypoints: 17, ...more });

test("every backbone with every head turns images into heatmaps of a quarter of their size", () => {
  for (const backbone of ["mobilenetv2-0.35", "dy-mobilenetv2-0.35", "resnet10"]) {
    for (const head of ["deconv", "bottleneck"]) {
      const net = small(`${backbone}_${head}`);
      const heatmaps = net.predict(tf.zeros([2, 64, 32, 3])) as tf.Tensor;
      expect(heatmaps.shape).toEqual([2, 16, 8, 17]);
      tf.dispose([heatmaps]);
      net.dispose();
    }
  }
});

test("static networks count as published", () => {
  const resnet = summarizeModel(
    buildModel({ name: "resnet18_deconv", inputSize: [224, 224], numKeypoints: 17 }),
  );
  const upTo = (prefix: string) => resnet.layers.filter((layer) => !layer.name.startsWith(prefix));
  const backbone = upTo("head").filter((layer) => layer.name !== "heatmaps");
  // torchvision's resnet18 without its classifier: 11,176,512 parameters, 1.814 G multiply-adds.
  expect(backbone.reduce((sum, layer) => sum + layer.params, 0)).toBe(11_176_512);
  expect(backbone.reduce((sum, layer) => sum + layer.madds, 0) / 1e9).toBeCloseTo(1.814, 3);
});

test("dy- makes backbone and head dynamic; a spec can set each by itself", () => {
  const dynamicNames = (more: Partial<ModelSpec>, name = "mobilenetv2-0.35_bottleneck") => {
    const net = small(name, more);
    const names = dynamicLayers(net).map((layer) => layer.name);
    net.dispose();
    return {
      backbone: names.some((n) => n.startsWith("stage")),
      head: names.some((n) => n.startsWith("head")),
    };
  };
  expect(dynamicNames({})).toEqual({ backbone: false, head: false });
  expect(dynamicNames({}, "dy-mobilenetv2-0.35_bottleneck")).toEqual({ backbone: true, head: true });
  expect(dynamicNames({ dynamicHead: true })).toEqual({ backbone: false, head: true });
  expect(dynamicNames({ dynamicHead: false }, "dy-mobilenetv2-0.35_bottleneck")).toEqual({
    backbone: true,
    head: false,
  });
});

test("a seed gives the same first weights, another seed others", () => {
  const first = (seed: number) => {
    const net = small("dy-mobilenetv2-0.35_bottleneck", { seed });
    const sum = net.weights.flatMap((weight) => Array.from(weight.read().dataSync().slice(0, 3)));
    net.dispose();
    return sum;
  };
  expect(first(1)).toEqual(first(1));
  expect(first(1)).not.toEqual(first(2));
});

test("an unknown model or a size that does not fit names the choices", () => {
  expect(() => small("resnet50_deconv")).toThrow(/model.name: expected .*resnet18.*got "resnet50_deconv"/);
  expect(() => small("resnet18_fpn")).toThrow(/deconv, bottleneck/);
  expect(() => small("mobilenetv2-0_deconv")).toThrow(/expected/);
  expect(() => small("resnet18_deconv", { inputSize: [100, 96] })).toThrow(
    "model.inputSize: expected multiples of 32 pixels, got 100x96",
  );
});

test("a training step leaves no tensor behind", () => {
  const net = small("dy-mobilenetv2-0.35_bottleneck");
  const x = tf.ones([2, 64, 32, 3]);
  const variables = net.trainableWeights.map((weight) => (weight as unknown as { val: tf.Variable }).val);
  const step = () => {
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.square(net.apply(x, { training: true }) as tf.Tensor)) as tf.Scalar,
      variables,
    );
    tf.dispose([value, grads]);
  };
  step();
  const before = tf.memory().numTensors;
  step();
  expect(tf.memory().numTensors).toBe(before);
});
