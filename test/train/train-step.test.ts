import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import type { Config, KeypointConfig } from "../../src/config/schema.ts";
import { heatmapObjective } from "../../src/train/objective.ts";
import { trainableWeights } from "../../src/train/optimizer/flat-weights.ts";
import { createLearner, disposeLearner, trainStep } from "../../src/train/train-step.ts";
import type { TrainingBatch } from "../../src/train/training-batch.ts";
import { testEngine } from "../engine.ts";
import { TINY_KEYPOINTS, TINY_OBJECTIVE, tinyBatch, tinyConfig, tinyModel, weightsOf } from "./tiny-run.ts";

beforeAll(testEngine);

async function* stream(...batches: TrainingBatch[]) {
  yield* batches;
}

function setUp(withNorm = true, train: Config["train"] = tinyConfig().train) {
  const model = tinyModel(1, 8, withNorm);
  return { model, learner: createLearner(model, TINY_OBJECTIVE, train) };
}

/** One batch of the persons of several. */
function joined(...batches: TrainingBatch[]): TrainingBatch {
  const floats = (pick: (batch: TrainingBatch) => Float32Array) =>
    Float32Array.from(batches.flatMap((b) => [...pick(b)]));
  return {
    size: batches.reduce((sum, { size }) => sum + size, 0),
    images: floats(({ images }) => images),
    targets: [0, 1].map((i) => floats(({ targets }) => targets[i] as Float32Array)),
    imageIds: batches.flatMap(({ imageIds }) => imageIds),
    annotationIds: batches.flatMap(({ annotationIds }) => annotationIds),
    waitedMs: batches.reduce((sum, { waitedMs }) => sum + waitedMs, 0),
  };
}

/** Images without a number in them give a loss without one. */
const broken = (batch: TrainingBatch): TrainingBatch => ({
  ...batch,
  images: batch.images.map(() => Number.NaN),
});

test("a step on several batches equals one on a batch of all their persons to 1e-5", async () => {
  const batches = [tinyBatch(0, 0, 4), tinyBatch(0, 1, 3), tinyBatch(0, 2, 1)];
  const [apart, together] = [setUp(false), setUp(false)];
  for (let step = 0; step < 3; step++) {
    const several = await trainStep(apart.learner, stream(...batches), 0.01, step);
    const one = await trainStep(together.learner, stream(joined(...batches)), 0.01, step);
    expect(several).toMatchObject({ batches: 3, samples: 8, imageIds: one.imageIds });
    expect(several.loss).toBeCloseTo(one.loss, 6);
    expect(several.gradientNorm).toBeCloseTo(one.gradientNorm, 5);
  }
  const [a, b] = [weightsOf(apart.model), weightsOf(together.model)].map((weights) =>
    Object.values(weights).flat(),
  );
  expect(Math.max(...(a ?? []).map((w, i) => Math.abs(w - (b?.[i] as number))))).toBeLessThan(1e-5);
});

test.for(["only", "first", "last"])(
  "a batch without numbers (%s) changes nothing, statistics included",
  async (place) => {
    const { model, learner } = setUp();
    const before = weightsOf(model);
    const good = tinyBatch(0, 0, 4);
    const bad = broken(tinyBatch(0, 1, 4));
    const batches = { only: [bad], first: [bad, good], last: [good, bad] }[place] ?? [];
    const result = await trainStep(learner, stream(...batches), 0.01, 0);
    expect(result.updated).toBe(false);
    expect(result.imageIds).toEqual(batches.flatMap(({ imageIds }) => imageIds));
    expect(weightsOf(model)).toEqual(before);
    expect((await trainStep(learner, stream(good), 0.01, 0)).updated).toBe(true);
    expect(weightsOf(model)).not.toEqual(before);
  },
);

test("a gradient longer than clipNorm is shortened to it", async () => {
  const { train } = tinyConfig("train.optimizer={kind: sgd, momentum: 0}", "train.clipNorm=0.001");
  const { model, learner } = setUp(true, train);
  const weights = trainableWeights(model);
  const start = tf.tidy(() => weights.gather().arraySync());
  const { gradientNorm } = await trainStep(learner, stream(tinyBatch(0, 0, 4)), 1, 0);
  expect(gradientNorm).toBeGreaterThan(0.01);
  const end = tf.tidy(() => weights.gather().arraySync());
  // Plain descent at rate 1 moves the weights by the gradient itself.
  const moved = Math.hypot(...end.map((w, i) => w - (start[i] as number)));
  expect(moved).toBeCloseTo(0.001, 6);
  model.dispose();
});

test("frozen layers keep their weights", async () => {
  const model = tinyModel();
  for (const layer of model.layers) if (layer.name.startsWith("stem")) layer.trainable = false;
  const learner = createLearner(model, TINY_OBJECTIVE, tinyConfig().train);
  const before = weightsOf(model);
  await trainStep(learner, stream(tinyBatch(0, 0, 4)), 0.01, 0);
  const after = weightsOf(model);
  const changed = Object.keys(after).filter((name) => String(after[name]) !== String(before[name]));
  expect(changed.filter((name) => !name.includes("moving"))).toEqual([
    "body/kernel",
    "body/bias",
    "heatmaps/kernel",
    "heatmaps/bias",
  ]);
});

test("the average takes in the weights after a step, and nothing of a skipped one", async () => {
  const { model, learner } = setUp(true, tinyConfig("train.ema=0.9").train);
  const batch = tinyBatch(0, 0, 4);
  const before = weightsOf(model);
  await trainStep(learner, stream(broken(batch)), 0.01, 0);
  await learner.average?.show(async () => expect(weightsOf(model)).toEqual(before));
  await trainStep(learner, stream(batch), 0.01, 0);
  const after = weightsOf(model);
  // The first update keeps min(0.9, (1 + 0) / (10 + 0)) = 0.1 of what was averaged before.
  const expected = Object.entries(after).flatMap(([name, values]) =>
    values.map((now, i) => 0.9 * now + 0.1 * ((before[name] as number[])[i] as number)),
  );
  const averaged = (await learner.average?.show(async () => Object.values(weightsOf(model)).flat())) ?? [];
  expect(averaged).toHaveLength(expected.length);
  expect(Math.max(...averaged.map((w, i) => Math.abs(w - (expected[i] as number))))).toBeLessThan(1e-6);
  expect(weightsOf(model)).toEqual(after);
});

test("two persons are learnt by heart: the loss falls tenfold", async () => {
  const { learner } = setUp();
  const losses: number[] = [];
  for (let step = 0; step < 60; step++) {
    losses.push((await trainStep(learner, stream(tinyBatch(0, 0, 2)), 0.01, step)).loss);
  }
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 10);
});

test.for([[], ["train.loss={kind: ohkm, top: 2}"], ["train.weightDecay=0.1", "train.optimizer.kind=adamw"]])(
  "a step leaves no tensor behind, nor does a learner (%s)",
  async (overrides) => {
    const model = tinyModel();
    const start = tf.memory().numTensors;
    const { train } = tinyConfig("train.clipNorm=0.01", "train.ema=0.9", ...overrides) as KeypointConfig;
    const learner = createLearner(model, heatmapObjective([4, 4, TINY_KEYPOINTS], train.loss), train);
    const before = tf.memory().numTensors;
    for (const bad of [false, true]) {
      const batch = tinyBatch(0, 0, 4);
      await trainStep(learner, stream(batch, bad ? broken(batch) : batch), 0.01, 0);
      expect(tf.memory().numTensors).toBe(before);
    }
    disposeLearner(learner);
    expect(tf.memory().numTensors).toBe(start);
  },
);
