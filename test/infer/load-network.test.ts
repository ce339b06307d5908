import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { CROWDPOSE_SKELETON } from "../../eval/skeletons/crowdpose.ts";
import { loadNetwork } from "../../src/infer/load-network.ts";
import { PosePredictor } from "../../src/infer/pose-predictor.ts";
import { buildModel } from "../../src/models/build-model.ts";
import { setTemperature } from "../../src/nn/attention.ts";
import { saveWeights } from "../../src/weights/weights-file.ts";
import type { WeightsInfo } from "../../src/weights/weights-info.ts";
import { testEngine } from "../engine.ts";

const SPEC = {
  name: "dy-mobilenetv2-0.35_bottleneck",
  inputSize: [64, 32] as [number, number],
  numKeypoints: 17,
};
const INFO: WeightsInfo = {
  model: SPEC,
  codec: { kind: "udp", sigma: 1.5 },
  skeleton: COCO_SKELETON,
  padding: 1.1,
  temperature: 7,
  step: 12,
  epoch: 3,
  averagePrecision: null,
  versions: {},
};

let run: string;
let weights: string;
/** Heatmaps of the network that was saved, for an input of ones. */
let expected: number[];
beforeAll(async () => {
  await testEngine();
  run = await mkdtemp(join(tmpdir(), "dypose-load-"));
  weights = join(run, "best.safetensors");
  const model = buildModel({ ...SPEC, seed: 5 });
  setTemperature(model, INFO.temperature);
  await saveWeights(model, weights, INFO);
  expected = heatmapsOf((crops) => model.predict(crops) as tf.Tensor);
  model.dispose();
});
afterAll(() => rm(run, { recursive: true }));

function heatmapsOf(forward: (crops: tf.Tensor4D) => tf.Tensor): number[] {
  const ones = tf.ones<tf.Rank.R4>([1, 64, 32, 3]);
  const heatmaps = forward(ones);
  const values = [...heatmaps.dataSync()];
  tf.dispose([ones, heatmaps]);
  return values;
}

test("a network comes back as it was saved, from its run's folder or its file", async () => {
  for (const path of [run, weights]) {
    const network = await loadNetwork(path);
    const scale = Math.max(...expected.map(Math.abs));
    // The second time it may be a graph that answers.
    for (const heatmaps of [heatmapsOf(network.forward), heatmapsOf(network.forward)]) {
      expect(heatmaps).toHaveLength(16 * 8 * 17);
      // Inference folds and fuses what training kept apart: the last bits differ.
      for (const [i, value] of heatmaps.entries()) {
        expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-4 * scale);
      }
    }
    network.dispose();
  }
});

test("it knows its codec, grid, padding and skeleton, and which file it is from", async () => {
  const network = await loadNetwork(run);
  const { codec, padding, skeleton, checkpoint, folder, sha256, info } = network;
  expect(codec.name).toBe("udp");
  expect(codec.grid).toEqual({ inputSize: [64, 32], heatmapSize: [16, 8], sigma: 1.5 });
  expect([padding, skeleton.keypoints.length, checkpoint, folder]).toEqual([1.1, 17, weights, run]);
  expect(sha256).toBe(
    createHash("sha256")
      .update(await readFile(weights))
      .digest("hex"),
  );
  expect(info.epoch).toBe(3);
  network.dispose();
});

test("weights of another skeleton bring it along", async () => {
  const model = buildModel({ ...SPEC, numKeypoints: 14 });
  const path = join(run, "crowd.safetensors");
  const info = { ...INFO, model: { ...SPEC, numKeypoints: 14 }, skeleton: CROWDPOSE_SKELETON };
  await saveWeights(model, path, info);
  model.dispose();
  const network = await loadNetwork(path);
  expect(network.skeleton).toEqual(CROWDPOSE_SKELETON);
  network.dispose();
});

test("nothing is left of a network once disposed, nor of one that could not be loaded", async () => {
  const other = buildModel({ ...SPEC, name: "mobilenetv2-0.35_bottleneck" });
  const wrong = join(run, "wrong.safetensors");
  await saveWeights(other, wrong, INFO);
  other.dispose();
  (await loadNetwork(run)).dispose();
  const before = tf.memory().numTensors;
  (await loadNetwork(run)).dispose();
  await expect(loadNetwork(wrong)).rejects.toThrow(/wrong\.safetensors: expected weights of dy-/);
  expect(tf.memory().numTensors).toBe(before);
});

test("a predictor answers the same every time, whatever it was asked in between", async () => {
  const predictor = await PosePredictor.load(run, { engine: (await testEngine()).name });
  const image = { width: 40, height: 60, data: new Uint8Array(40 * 60 * 3).map((_, i) => (i * 7) % 256) };
  const box = { x: 3, y: 5, width: 30, height: 50 };
  const [first, again] = await Promise.all([predictor.detect(image, [box]), predictor.detect(image, [box])]);
  await predictor.detect(image, [{ x: 0, y: 0, width: 40, height: 60 }]);
  expect(again).toEqual(first);
  expect(await predictor.detect(image, [box])).toEqual(first);
  predictor.dispose();
});
