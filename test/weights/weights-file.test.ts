import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { readWeights, writeMatchingWeights } from "../../src/weights/model-weights.ts";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts";
import { findWeights, loadWeights, readWeightsInfo, saveWeights } from "../../src/weights/weights-file.ts";
import type { WeightsInfo } from "../../src/weights/weights-info.ts";
import { DEFAULT_WEIGHTS, zooFiles } from "../../src/weights/zoo.ts";
import { testEngine } from "../engine.ts";
import { TINY_INFO, tinyModel, weightsOf } from "../train/tiny-run.ts";

const INFO: WeightsInfo = { ...TINY_INFO, temperature: 1, step: 3, epoch: 1, averagePrecision: null };

let folder: string;
let path: string;
beforeAll(testEngine);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-weights-"));
  path = join(folder, "w.safetensors");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("weights saved and loaded are the same bits, and no tensor is left over", async () => {
  const [saved, loaded] = [tinyModel(1), tinyModel(2)];
  const before = tf.memory().numTensors;
  await saveWeights(saved, path, INFO);
  expect(await loadWeights(loaded, path)).toEqual(INFO);
  expect(weightsOf(loaded)).toEqual(weightsOf(saved));
  expect(tf.memory().numTensors).toBe(before);
});

test("weights of another model are refused: both are named, every difference is listed, nothing changes", async () => {
  await saveWeights(tinyModel(1, 4), path, { ...INFO, model: { ...INFO.model, name: "narrow" } });
  const { tensors, metadata } = await readSafetensors(path);
  const changed = new Map(tensors);
  changed.delete("heatmaps/bias");
  changed.set("extra/kernel", { shape: [1], data: new Float32Array(1) });
  await writeSafetensors(path, { tensors: changed, metadata });
  const model = tinyModel(2);
  const before = weightsOf(model);
  const error = await loadWeights(model, path).catch((caught: Error) => caught.message);
  for (const part of [path, "tiny", "narrow", "1 missing: heatmaps/bias", "1 extra: extra/kernel"]) {
    expect(error).toContain(part);
  }
  // Twice as wide: kernels and biases of two convolutions, four vectors of a batch norm, the last kernel.
  expect(error).toContain("9 misshapen: stem/kernel [3,3,3,4] instead of [3,3,3,8]");
  expect(weightsOf(model)).toEqual(before);
});

test("weights of the same name and shape are taken from another model, the others stay", async () => {
  const [from, to] = [tinyModel(1), tinyModel(2)];
  const tensors = await readWeights(from);
  tensors.delete("stem/kernel");
  const before = weightsOf(to);
  const taken = writeMatchingWeights(to, tensors);
  expect(taken).not.toContain("stem/kernel");
  expect(taken).toHaveLength(to.weights.length - 1);
  expect(weightsOf(to)).toEqual({ ...weightsOf(from), "stem/kernel": before["stem/kernel"] });
});

test("a file of others is told from ours", async () => {
  await writeSafetensors(path, { tensors: new Map(), metadata: {} });
  await expect(readWeightsInfo(path)).rejects.toThrow(`${path}: expected weights saved by dypose`);
  await writeSafetensors(path, { tensors: new Map(), metadata: { dypose: '{"model": {}}' } });
  await expect(readWeightsInfo(path)).rejects.toThrow("model.name");
});

test("a name means what the package ships; a person detector's is no keypoint network's", async () => {
  expect(await findWeights(DEFAULT_WEIGHTS)).toBe(zooFiles(DEFAULT_WEIGHTS).weights);
  await expect(findWeights("dy-mobilenetv2_256x192")).rejects.toThrow(
    "got nothing; did you mean dy-mobilenetv2-1.0_bottleneck_256x192?",
  );
  await expect(findWeights("nanodet-g_416")).rejects.toThrow(
    "nanodet-g_416: expected weights of a keypoint network, got those of a person detector",
  );
});

test("of a run's folder the best weights are meant, else the newest checkpoint", async () => {
  await expect(findWeights(join(folder, "none"))).rejects.toThrow(
    /none: expected a weights file, a run's folder or a name, got nothing$/,
  );
  await expect(findWeights(folder)).rejects.toThrow("got neither");
  const checkpoints = join(folder, "checkpoints");
  await mkdir(checkpoints);
  for (const step of ["000000002", "000000010"])
    await writeFile(join(checkpoints, `step-${step}.safetensors`), "");
  expect(await findWeights(folder)).toBe(join(checkpoints, "step-000000010.safetensors"));
  await writeFile(join(folder, "best.safetensors"), "");
  expect(await findWeights(folder)).toBe(join(folder, "best.safetensors"));
});
