import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../datasets/augment/random.ts";
import { configSchema } from "../config/schema.ts";
import { foldBatchNorm } from "../nn/fold-batch-norm.ts";
import { forwardPass } from "../nn/forward-pass.ts";
import type { Batch } from "../train/batch.ts";
import { createLearner, disposeLearner } from "../train/learner.ts";
import { trainStep } from "../train/train-step.ts";
import { type OpTime, profileOps } from "./profile-ops.ts";

export type BenchMode = "train" | "infer";

export interface Measurement {
  /** Milliseconds of each measured step, in order. */
  readonly steps: readonly number[];
  /** Time per TensorFlow op over one more step; absent unless asked for. */
  readonly ops?: readonly OpTime[];
}

export interface MeasureOptions {
  readonly mode: BenchMode;
  readonly batch: number;
  /** Measured steps. */
  readonly steps: number;
  /** Steps before them, which allocate and compile. */
  readonly warmup: number;
  readonly profile?: boolean;
  /** Called after each measured step with how many are done. */
  readonly onStep?: (done: number) => void;
}

/** Times full training steps (forward, backward, Adam) or forward passes of a model on random images. */
export async function measureModel(model: LayersModel, options: MeasureOptions): Promise<Measurement> {
  const { step, dispose } =
    options.mode === "train" ? trainingStep(model, options.batch) : inferenceStep(model, options.batch);
  try {
    for (let i = 0; i < options.warmup; i++) await step();
    const steps: number[] = [];
    for (let i = 0; i < options.steps; i++) {
      const start = performance.now();
      await step();
      steps.push(performance.now() - start);
      options.onStep?.(i + 1);
    }
    return { steps, ...(options.profile && { ops: await profileOps(step) }) };
  } finally {
    dispose();
  }
}

interface Step {
  readonly step: () => Promise<void>;
  readonly dispose: () => void;
}

function trainingStep(model: LayersModel, batchSize: number): Step {
  const { train } = configSchema.parse({
    model: { name: model.name },
    train: { epochs: 1, batchSize },
  });
  const learner = createLearner(model, train);
  const batch = randomBatch(model, batchSize);
  let count = 0;
  return {
    async step() {
      const { loss } = await trainStep(learner, once(batch), train.learningRate, count++);
      if (!Number.isFinite(loss)) throw new Error(`bench: expected a finite loss, got ${loss}`);
    },
    dispose: () => disposeLearner(learner),
  };
}

function inferenceStep(model: LayersModel, batchSize: number): Step {
  foldBatchNorm(model);
  const pass = forwardPass(model);
  const images = tf.tensor(randomBatch(model, batchSize).images, shapeOf(model.inputs, batchSize));
  return {
    async step() {
      const [heatmaps] = pass.run([images]) as [tf.Tensor];
      await heatmaps.data();
      heatmaps.dispose();
    },
    dispose() {
      pass.dispose();
      images.dispose();
    },
  };
}

async function* once(batch: Batch): AsyncGenerator<Batch> {
  yield batch;
}

const shapeOf = (tensors: LayersModel["inputs"], batch: number): number[] => [
  batch,
  ...((tensors[0]?.shape.slice(1) ?? []) as number[]),
];

function randomBatch(model: LayersModel, size: number): Batch {
  const random = createRandom(0);
  const fill = (shape: readonly number[]) =>
    Float32Array.from({ length: shape.reduce((product, length) => product * length, 1) }, random.uniform);
  const target = shapeOf(model.outputs, size);
  return {
    size,
    images: fill(shapeOf(model.inputs, size)),
    heatmaps: fill(target),
    weights: fill([size, target[3] as number]).fill(1),
    imageIds: [],
    annotationIds: [],
    waitedMs: 0,
  };
}
