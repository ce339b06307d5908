import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";
import { buildModel } from "../../src/models/build-model.ts";
import type { ModelSpec } from "../../src/models/model-spec.ts";
import { summarizeModel } from "../../src/models/summarize-model.ts";
import { dynamicLayers } from "../../src/nn/attention.ts";
import { testEngine } from "../engine.ts";

beforeAll(testEngine);

const small = (name: string, more: Partial<ModelSpec> = {}) =>
  buildModel({ name, inputSize: [64, 32], numKeypoints: 17, numClasses: 5, ...more });

/** What a network that holds no weights of its own says of itself; it is disposed. */
function lookAt<T>(name: string, more: Partial<ModelSpec>, look: (model: LayersModel) => T): T {
  const net = small(name, { initialize: false, ...more });
  const seen = look(net);
  net.dispose();
  return seen;
}

const BACKBONES = [
  "mobilenetv2-0.35",
  "dy-mobilenetv2-0.35",
  "mobilenetv3-small",
  "dy-mobilenetv3-small",
  "resnet10",
];

test.each(BACKBONES)(
  "%s turns images into heatmaps of a quarter of their size, or class scores",
  (backbone) => {
    for (const [head, shape] of [
      ["deconv", [2, 16, 8, 17]],
      ["bottleneck", [2, 16, 8, 17]],
      ["classifier", [2, 5]],
    ] as const) {
      const net = small(`${backbone}_${head}`);
      const outputs = net.predict(tf.ones([2, 64, 32, 3])) as tf.Tensor;
      expect(outputs.shape).toEqual(shape);
      expect(outputs.dataSync().every(Number.isFinite)).toBe(true);
      tf.dispose([outputs]);
      net.dispose();
    }
  },
);

test("a backbone of stride 32 counts as published", () => {
  // torchvision's resnet18 without its classifier: 11,176,512 parameters, 1.814 G multiply-adds.
  const { layers } = lookAt("resnet18_deconv", { inputSize: [224, 224] }, summarizeModel);
  const backbone = layers.filter(({ name }) => !name.startsWith("head") && name !== "heatmaps");
  expect(backbone.reduce((sum, layer) => sum + layer.params, 0)).toBe(11_176_512);
  expect(backbone.reduce((sum, layer) => sum + layer.madds, 0) / 1e9).toBeCloseTo(1.814, 3);
});

test("batch normalisation is PyTorch's, and torchvision's own in MobileNetV3", () => {
  const norms = (name: string) =>
    lookAt(name, {}, ({ layers }) => {
      const configs = layers
        .filter((layer) => layer.getClassName() === "DyposeBatchNorm")
        .map((layer) => layer.getConfig());
      return new Set(configs.map(({ momentum, epsilon }) => `${momentum} ${epsilon}`));
    });
  expect(norms("mobilenetv2-0.35_classifier")).toEqual(new Set(["0.1 0.00001"]));
  expect(norms("mobilenetv3-small_classifier")).toEqual(new Set(["0.01 0.001"]));
});

const dynamicNames = (name: string, more: Partial<ModelSpec> = {}) =>
  lookAt(name, more, (net) => dynamicLayers(net).map((layer) => layer.name));

test("dy- makes backbone and head dynamic; a spec can set each by itself", () => {
  const parts = (more: Partial<ModelSpec>, name = "mobilenetv2-0.35_bottleneck") => {
    const names = dynamicNames(name, more);
    return {
      backbone: names.some((n) => n.startsWith("stage")),
      head: names.some((n) => n.startsWith("head")),
    };
  };
  expect(parts({})).toEqual({ backbone: false, head: false });
  expect(parts({}, "dy-mobilenetv2-0.35_bottleneck")).toEqual({ backbone: true, head: true });
  expect(parts({ dynamicHead: true })).toEqual({ backbone: false, head: true });
  expect(parts({ dynamicHead: false }, "dy-mobilenetv2-0.35_bottleneck")).toEqual({
    backbone: true,
    head: false,
  });
});

test("which convolutions are dynamic is a choice: all, depthwise, 1×1, or the last of each block", () => {
  const name = "dy-mobilenetv2-0.35_bottleneck";
  const kinds = (dynamicLayers: ModelSpec["dynamicLayers"]) =>
    new Set(dynamicNames(name, { dynamicLayers }).map((layer) => layer.split("_")[2]));
  expect(kinds("all")).toEqual(new Set(["expand", "depthwise", "project"]));
  expect(kinds("depthwise")).toEqual(new Set(["depthwise"]));
  expect(kinds("pointwise")).toEqual(new Set(["expand", "project"]));
  expect(kinds("last")).toEqual(new Set(["project"]));
  // 17 blocks in the backbone, 4 in the head; the first has no expansion.
  expect(dynamicNames(name)).toHaveLength(3 * 21 - 1);
  expect(dynamicNames(name, { dynamicLayers: "last" })).toHaveLength(21);
  expect(dynamicNames("dy-resnet10_deconv", { dynamicLayers: "last" })).toEqual([
    "stage1_block1_second_conv",
    "stage2_block1_second_conv",
    "stage3_block1_second_conv",
    "stage4_block1_second_conv",
    "head1_deconv",
    "head2_deconv",
    "head3_deconv",
  ]);
  expect(dynamicNames("dy-resnet10_classifier", { dynamicLayers: "pointwise" })).toEqual([
    "stage2_block1_shortcut_conv",
    "stage3_block1_shortcut_conv",
    "stage4_block1_shortcut_conv",
  ]);
});

test("K, reduction, attention and temperature reach every dynamic convolution", () => {
  const spec = { kernels: 3, reduction: 0, attention: "sigmoid", temperature: 7 } as const;
  const configs = lookAt("dy-resnet10_deconv", spec, (net) =>
    dynamicLayers(net).map(({ kernels, reduction, attention, temperature }) => ({
      kernels,
      reduction,
      attention,
      temperature,
    })),
  );
  expect(configs).toHaveLength(14);
  for (const config of configs) expect(config).toEqual(spec);
});

test("squeeze-and-excitation is where the network has it, in every block of the backbone, or in none", () => {
  const squeezes = (name: string, squeezeExcite?: boolean) =>
    lookAt(
      name,
      { squeezeExcite },
      ({ layers }) => layers.filter((layer) => layer.getClassName() === "DyposeSqueezeExcite").length,
    );
  expect(squeezes("mobilenetv3-small_bottleneck")).toBe(9); // 11 blocks, two without
  expect(squeezes("mobilenetv3-small_bottleneck", true)).toBe(11);
  expect(squeezes("mobilenetv3-small_bottleneck", false)).toBe(0);
  expect(squeezes("mobilenetv2-0.35_bottleneck")).toBe(0);
  expect(squeezes("dy-mobilenetv2-0.35_bottleneck", true)).toBe(17);
  expect(squeezes("resnet10_deconv", true)).toBe(4);
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

test("an unknown model or a value that does not fit names what was expected, and leaves no tensor", () => {
  const before = tf.memory().numTensors;
  expect(() => small("resnet50_deconv")).toThrow(/model.name: expected .*resnet18.*got "resnet50_deconv"/);
  expect(() => small("resnet18_fpn")).toThrow(/deconv, bottleneck, classifier/);
  expect(() => small("mobilenetv2-0_deconv")).toThrow(/expected/);
  expect(() => small("constructor_deconv")).toThrow(/expected/);
  const dynamic = (more: Partial<ModelSpec>) => () => small("dy-resnet10_deconv", more);
  for (const [more, message] of [
    [{ inputSize: [100, 96] }, "model.inputSize: expected multiples of 32 pixels, got 100x96"],
    [{ kernels: 0 }, "model.kernels: expected a whole number of at least 1, got 0"],
    [{ reduction: -1 }, "model.reduction: expected 0 (a single layer) or more, got -1"],
    [{ temperature: 0 }, "model.temperature: expected more than 0, got 0"],
    [{ temperature: Number.NaN }, "model.temperature: expected more than 0, got NaN"],
    [{ attention: "mean" }, 'model.attention: expected "softmax" or "sigmoid", got mean'],
    [{ dynamicLayers: "first" }, "model.dynamicLayers: expected all, depthwise, pointwise, last, got first"],
    [
      { dynamicLayers: "depthwise" },
      "model.dynamicLayers: expected convolutions that dy-resnet10_deconv has where it is dynamic, got depthwise",
    ],
    [
      { numKeypoints: 0 },
      "model.numKeypoints: expected a whole number of at least 1 for dy-resnet10_deconv, got 0",
    ],
  ] as [Partial<ModelSpec>, string][]) {
    expect(dynamic(more)).toThrow(message);
  }
  expect(() => small("resnet10_classifier", { numClasses: undefined })).toThrow(
    "model.numClasses: expected a whole number of at least 1 for resnet10_classifier, got undefined",
  );
  expect(() => small("resnet10_classifier", { dynamicHead: true })).toThrow(
    "model.dynamicHead: expected a keypoint network's, got true for resnet10_classifier",
  );
  expect(() => small("resnet10_classifier", { dropout: 1 })).toThrow("model.dropout: expected a share");
  expect(tf.memory().numTensors).toBe(before);
});

test.each(["dy-mobilenetv2-0.35_bottleneck", "dy-mobilenetv3-small_classifier"])(
  "a training step of %s leaves no tensor behind",
  (name) => {
    const net = small(name);
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
  },
);
