import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load-config.ts";
import { buildModel } from "../../src/models/build-model.ts";
import { prepareTraining } from "../../src/train/prepare-training.ts";
import { startModel } from "../../src/train/start-model.ts";
import { saveWeights } from "../../src/weights/weights-file.ts";
import { type TinyWorld, tinyWorld } from "../cli/tiny-world.ts";

let world: TinyWorld;
beforeAll(async () => {
  world = await tinyWorld();
});
afterAll(() => world?.remove());

test("a static classifier's backbone starts a dynamic keypoint network", async () => {
  const spec = { name: "mobilenetv2-0.35_classifier", inputSize: [64, 64], numClasses: 3 } as const;
  const classifier = buildModel(spec);
  const path = join(world.folder, "classifier.safetensors");
  await saveWeights(classifier, path, {
    model: { ...spec, inputSize: [64, 64] },
    temperature: 1,
    step: 0,
    epoch: 0,
    accuracy: null,
    versions: {},
  });
  const config = parseConfig(
    "model: {name: dy-mobilenetv2-0.35_bottleneck, inputSize: [64, 64]}\n" +
      `train: {epochs: 1, batchSize: 2, initialWeights: ${path}}\ndata: {workers: 0}\nvalidation: {interval: 0}`,
    "tiny",
  );
  const training = await prepareTraining(config, world.data);
  const backbone = training.model.weights.filter(
    ({ originalName }) => /^(stem|stage)/.test(originalName) && !originalName.includes("attention_"),
  );
  expect([...training.startedFrom].sort()).toEqual(backbone.map(({ originalName }) => originalName).sort());
  await training.close();
  classifier.dispose();
});

test("frozen layers do not train, and a model that cannot be started is freed", async () => {
  const spec = { name: "mobilenetv2-0.35_bottleneck", inputSize: [64, 64], numKeypoints: 3 } as const;
  const { model } = await startModel(spec, { seed: 1, freeze: ["stem", "stage2"] });
  const training = model.layers.filter(({ weights, trainable }) => weights.length > 0 && trainable);
  const names = training.map(({ name }) => name);
  expect(names.filter((name) => /^(stem|stage2)/.test(name))).toEqual([]);
  expect(names).toContain("stage1_block1_depthwise_conv");
  model.dispose();
  const before = tf.memory().numTensors;
  await expect(startModel(spec, { seed: 1, freeze: ["neck"] })).rejects.toThrow("train.freeze: expected");
  expect(tf.memory().numTensors).toBe(before);
});
