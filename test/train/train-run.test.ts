import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { input, model as joinLayers, type LayersModel, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { temperatureOf } from "../../src/nn/attention.ts";
import { Dropout, DynamicConv2D } from "../../src/nn/layers/index.ts";
import { readMetrics } from "../../src/run/metrics-file.ts";
import type { RunRecord } from "../../src/run/run-records.ts";
import { trainRun } from "../../src/train/train-run.ts";
import { createLearner, disposeLearner, trainStep } from "../../src/train/train-step.ts";
import type { BatchSource } from "../../src/train/training-batch.ts";
import { readSafetensorsHeader } from "../../src/weights/safetensors.ts";
import { loadWeights } from "../../src/weights/weights-file.ts";
import { parseNetworkInfo } from "../../src/weights/weights-info.ts";
import { testEngine } from "../engine.ts";
import {
  TINY_INFO,
  TINY_INPUT,
  TINY_KEYPOINTS,
  TINY_OBJECTIVE,
  tinyBatch,
  tinyConfig,
  tinyModel,
  tinySource,
  weightsOf,
} from "./tiny-run.ts";

let folder: string;
beforeAll(testEngine);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-run-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Ends a run after so many steps, as a signal does. */
function stopAfter(steps: number) {
  const controller = new AbortController();
  let seen = 0;
  const record = ({ kind }: { kind: string }) => {
    if (kind === "step" && ++seen === steps) controller.abort();
  };
  return { signal: controller.signal, observers: [{ record }] };
}

async function runToEnd(config = tinyConfig(), source: BatchSource = tinySource()) {
  const model = tinyModel();
  const path = await mkdtemp(join(folder, "straight-"));
  await trainRun({ model, source, config, folder: path, objective: TINY_OBJECTIVE, info: TINY_INFO });
  return { weights: weightsOf(model), metrics: await readMetrics(join(path, "metrics.jsonl")), path };
}

const lossesOf = (records: readonly RunRecord[]) =>
  records.map((record) => (record.kind === "step" ? [record.step, record.loss] : []));

test("the loss falls over a run", async () => {
  const { metrics } = await runToEnd(tinyConfig("train.epochs=12"));
  const losses = metrics.flatMap((record) => (record.kind === "step" ? [record.loss] : []));
  expect(losses).toHaveLength(60);
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 4);
});

test("the same seed gives the same weights to the bit", async () => {
  const [first, second] = [await runToEnd(), await runToEnd()];
  expect(second.weights).toEqual(first.weights);
});

test.for([1, 4, 5, 7, 10])(
  "stopped after step %i and resumed, a run ends with the same bits",
  async (steps) => {
    const config = tinyConfig("train.ema=0.9", "train.temperature.epochs=1", "train.warmupSteps=3");
    const straight = await runToEnd(config);
    const run = { source: tinySource(), config, folder, objective: TINY_OBJECTIVE, info: TINY_INFO };
    const stopped = await trainRun({ ...run, model: tinyModel(), ...stopAfter(steps) });
    expect(stopped.progress.step).toBe(steps);
    const model = tinyModel(2);
    const resumed = await trainRun({ ...run, model, resume: true });
    expect(resumed).toMatchObject({ finished: true, progress: { step: 10 } });
    expect(weightsOf(model)).toEqual(straight.weights);
    // The last checkpoint has the optimiser's memory and the averaged weights too.
    const last = join("checkpoints", "step-000000010.safetensors");
    const [resumedBytes, straightBytes] = await Promise.all(
      [folder, straight.path].map((path) => readFile(join(path, last))),
    );
    // Whole files make poor messages.
    expect(resumedBytes?.equals(straightBytes as Buffer)).toBe(true);
    expect(lossesOf(await readMetrics(join(folder, "metrics.jsonl")))).toEqual(lossesOf(straight.metrics));
  },
);

test("a run leaves no tensor behind", async () => {
  const model = tinyModel();
  const before = tf.memory().numTensors;
  const config = tinyConfig("train.ema=0.9", "train.clipNorm=0.1", "train.weightDecay=0.01");
  await trainRun({ model, source: tinySource(), config, folder, objective: TINY_OBJECTIVE, info: TINY_INFO });
  expect(tf.memory().numTensors).toBe(before);
});

test("the last checkpoints and the best weights are kept", async () => {
  const scores = [0.2, 0.5, 0.3];
  const config = tinyConfig("train.epochs=3", "validation.interval=1", "checkpoint.keep=2");
  const model = tinyModel();
  const validate = async () => ({ AP: scores.shift() as number });
  await trainRun({
    model,
    source: tinySource(),
    config,
    folder,
    objective: TINY_OBJECTIVE,
    info: TINY_INFO,
    validate,
  });
  expect(await readdir(join(folder, "checkpoints"))).toEqual([
    "step-000000010.safetensors",
    "step-000000015.safetensors",
  ]);
  const best = await loadWeights(tinyModel(), join(folder, "best.safetensors"));
  expect(best).toMatchObject({ step: 10, averagePrecision: 0.5 });
});

test("steps without numbers are skipped and counted; past the limit the run stops and leaves the image ids", async () => {
  const broken = new Set([1003, 2]);
  const source = tinySource(5, 4, (batch) =>
    batch.imageIds.some((id) => broken.has(id))
      ? { ...batch, images: batch.images.map(() => Number.NaN) }
      : batch,
  );
  const config = tinyConfig("train.maxSkippedSteps=2");
  const { metrics, path } = await runToEnd(config, source);
  const skipped = metrics.flatMap((r) => (r.kind === "step" && r.skipped ? [r.step] : []));
  expect(skipped).toEqual([1, 6]);
  await rm(path, { recursive: true });

  const strict = tinyConfig("train.maxSkippedSteps=1");
  const run = {
    model: tinyModel(),
    source,
    config: strict,
    folder,
    objective: TINY_OBJECTIVE,
    info: TINY_INFO,
  };
  await expect(trainRun(run)).rejects.toThrow(/step 6: expected a finite loss and gradient, got NaN/);
  const dump = JSON.parse(await readFile(join(folder, "not-finite.json"), "utf8"));
  expect(dump).toMatchObject({ step: 6, imageIds: [1000, 1001, 1002, 1003] });
});

/** A network of one dynamic convolution behind dropout: [B, 16, 16, 3] to heatmaps [B, 4, 4, 3]. */
function dynamicModel(): LayersModel {
  const image = input({ shape: [...TINY_INPUT, 3] });
  const dropped = new Dropout({ name: "dropout", rate: 0.5, seed: 3 }).apply(image) as SymbolicTensor;
  const patches = { filters: TINY_KEYPOINTS, kernelSize: 4, strides: 4, kernels: 2, seed: 1 };
  const heatmaps = new DynamicConv2D({ name: "heatmaps", ...patches }).apply(dropped) as SymbolicTensor;
  return joinLayers({ name: "tiny", inputs: image, outputs: heatmaps });
}

test("the attention's temperature is that of the schedule in every step, and of the last step in weights files", async () => {
  const model = dynamicModel();
  const seen: (number | undefined)[] = [];
  await trainRun({
    model,
    source: tinySource(),
    config: tinyConfig("train.temperature={start: 11, end: 1, epochs: 1}"),
    folder,
    objective: TINY_OBJECTIVE,
    info: TINY_INFO,
    observers: [{ record: ({ kind }) => void (kind === "step" && seen.push(temperatureOf(model))) }],
  });
  // 11 - (11 - 1) · step / 5, from step 5 on 1
  expect(seen).toEqual([11, 9, 7, 5, 3, 1, 1, 1, 1, 1]);
  const early = await readSafetensorsHeader(join(folder, "checkpoints", "step-000000005.safetensors"));
  expect(parseNetworkInfo("", early.metadata).temperature).toBe(3);
  model.dispose();
});

test("what dropout drops depends on the step alone: a resumed run drops the same", async () => {
  const run = { source: tinySource(), config: tinyConfig(), objective: TINY_OBJECTIVE, info: TINY_INFO };
  const [straight, model] = [dynamicModel(), dynamicModel()];
  await trainRun({ ...run, model: straight, folder: join(folder, "straight") });
  const stopped = join(folder, "stopped");
  await trainRun({ ...run, model: dynamicModel(), folder: stopped, ...stopAfter(3) });
  await trainRun({ ...run, model, folder: stopped, resume: true });
  expect(weightsOf(model)).toEqual(weightsOf(straight));
});

test("validation scores the averaged weights, and a checkpoint gives them to those who load it", async () => {
  const model = tinyModel();
  const scored: ReturnType<typeof weightsOf>[] = [];
  const validate = async () => {
    scored.push(weightsOf(model));
    return { AP: 0.1 };
  };
  const config = tinyConfig("train.ema=0.9", "train.epochs=1", "validation.interval=1");
  const run = { source: tinySource(), config, folder, objective: TINY_OBJECTIVE, info: TINY_INFO };
  await trainRun({ ...run, model, validate });
  expect(scored).toHaveLength(1);
  expect(scored[0]).not.toEqual(weightsOf(model));
  const loaded = tinyModel(2);
  await loadWeights(loaded, join(folder, "checkpoints", "step-000000005.safetensors"));
  expect(weightsOf(loaded)).toEqual(scored[0]);
});

test("a skipped step is no update: Adam's first correction is for the step after it", async () => {
  const source = tinySource(2, 4, (batch) =>
    batch.imageIds.includes(0) ? { ...batch, images: batch.images.map(() => Number.NaN) } : batch,
  );
  const config = tinyConfig("train.epochs=1");
  const { weights } = await runToEnd(config, source);
  const model = tinyModel();
  const learner = createLearner(model, TINY_OBJECTIVE, config.train);
  const good = async function* () {
    yield tinyBatch(0, 1, 4);
  };
  await trainStep(learner, good(), config.train.learningRate, 0);
  expect(weights).toEqual(weightsOf(model));
  disposeLearner(learner);
});

test("a leak stops the run", async () => {
  const leaks: tf.Tensor[] = [];
  const observers = [{ record: () => void leaks.push(...Array.from({ length: 30 }, () => tf.scalar(1))) }];
  const run = {
    model: tinyModel(),
    source: tinySource(20),
    config: tinyConfig(),
    folder,
    objective: TINY_OBJECTIVE,
    info: TINY_INFO,
    observers,
  };
  await expect(trainRun(run)).rejects.toThrow(/leak guard: expected \d+ tensors after each step/);
  tf.dispose(leaks);
});

test("a newest checkpoint that is damaged is passed over for the one before it, unfinished files go", async () => {
  const run = {
    source: tinySource(),
    config: tinyConfig("checkpoint.everySteps=2"),
    folder,
    objective: TINY_OBJECTIVE,
    info: TINY_INFO,
  };
  await trainRun({ ...run, model: tinyModel(), ...stopAfter(5) });
  const newest = join(folder, "checkpoints", "step-000000005.safetensors");
  await truncate(newest, 3000);
  const unfinished = join(folder, "checkpoints", ".step-000000006.safetensors.123-1.tmp");
  await writeFile(unfinished, "half a file");
  const notices: string[] = [];
  const observers = [{ notice: (message: string) => void notices.push(message) }];
  const model = tinyModel();
  await trainRun({ ...run, model, resume: true, observers });
  expect(notices[0]).toContain(`passed over: ${newest}`);
  const straight = await runToEnd(run.config);
  expect(weightsOf(model)).toEqual(straight.weights);
  // Step 5 was recorded before the run went back to step 4: it is not there twice.
  expect(lossesOf(await readMetrics(join(folder, "metrics.jsonl")))).toEqual(lossesOf(straight.metrics));
  expect(await readdir(join(folder, "checkpoints"))).not.toContain(basename(unfinished));
});

test("a run resumed on other versions says which, as its bits may differ", async () => {
  const run = { source: tinySource(), config: tinyConfig(), folder, objective: TINY_OBJECTIVE };
  const info = (engine: string) => ({ ...TINY_INFO, versions: { node: "v20", engine } });
  await trainRun({ ...run, model: tinyModel(), info: info("cpu"), ...stopAfter(2) });
  const notices: string[] = [];
  const observers = [{ notice: (message: string) => void notices.push(message) }];
  await trainRun({ ...run, model: tinyModel(), info: info("wasm"), resume: true, observers });
  expect(notices[0]).toBe("resumed on other versions, so results may differ: engine cpu, now wasm");
});

test("a checkpoint of another model stops a resumption, naming both", async () => {
  const run = {
    source: tinySource(),
    config: tinyConfig(),
    folder,
    objective: TINY_OBJECTIVE,
    info: TINY_INFO,
  };
  await trainRun({ ...run, model: tinyModel() });
  await expect(trainRun({ ...run, model: tinyModel(1, 4), resume: true })).rejects.toThrow(
    /expected weights of tiny, got those of tiny: .* misshapen/,
  );
});
