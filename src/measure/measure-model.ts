import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../datasets/random.ts";
import { keypointTrain } from "../config/schema.ts";
import type { GraphOptions } from "../engine/graph/graph-function.ts";
import { tensorflowBackend } from "../engine/raw-op.ts";
import { taskOf } from "../models/model-name.ts";
import { foldBatchNorm, forwardPass } from "../nn/network.ts";
import { classObjective, heatmapObjective, type Objective } from "../train/objective.ts";
import { createLearner, disposeLearner, trainStep } from "../train/train-step.ts";
import type { TrainingBatch } from "../train/training-batch.ts";

export type BenchMode = "train" | "infer";

interface Measurement {
  /** Milliseconds of each measured step, in order. */
  readonly steps: readonly number[];
  /** Time per TensorFlow op over one more step, which is not run as a graph; absent unless asked for. */
  readonly ops?: readonly OpTime[];
}

interface MeasureOptions {
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
  const start = options.mode === "train" ? trainingStep : inferenceStep;
  const { step, dispose } = start(model, options.batch);
  const steps: number[] = [];
  try {
    for (let i = 0; i < options.warmup; i++) await step();
    for (let i = 0; i < options.steps; i++) {
      const start = performance.now();
      await step();
      steps.push(performance.now() - start);
      options.onStep?.(i + 1);
    }
    if (!options.profile) return { steps };
  } finally {
    dispose();
  }
  return { steps, ops: await profileDirectly(start, model, options.batch) };
}

/** A graph runs as a single op: to see its parts, the step that is profiled runs op by op. */
async function profileDirectly(start: StepMaker, model: LayersModel, batch: number): Promise<OpTime[]> {
  const { step, dispose } = start(model, batch, { patience: Number.POSITIVE_INFINITY });
  try {
    await step();
    return await profileOps(step);
  } finally {
    dispose();
  }
}

interface Step {
  readonly step: () => Promise<void>;
  readonly dispose: () => void;
}

type StepMaker = (model: LayersModel, batchSize: number, graph?: GraphOptions) => Step;

function trainingStep(model: LayersModel, batchSize: number, graph?: GraphOptions): Step {
  const objective = objectiveOf(model);
  const learner = createLearner(model, objective, TRAIN, graph);
  // Numbers in [0, 1) will do as heatmaps and their weights; as class numbers, whose fraction is dropped, they are class 0.
  const targets = objective.targetShapes.map((shape) => randomNumbers([batchSize, ...shape]));
  const images = randomNumbers(shapeOf(model.inputs, batchSize));
  const batch = { size: batchSize, images, targets, imageIds: [], annotationIds: [], waitedMs: 0 };
  let count = 0;
  return {
    async step() {
      const { loss } = await trainStep(learner, once(batch), TRAIN.learningRate, count++);
      if (!Number.isFinite(loss)) throw new Error(`bench: expected a finite loss, got ${loss}`);
    },
    dispose: () => disposeLearner(learner),
  };
}

/** The defaults of a config. */
const TRAIN = keypointTrain.parse({ epochs: 1, batchSize: 1 });

function objectiveOf(model: LayersModel): Objective {
  return taskOf(model.name) === "keypoints"
    ? heatmapObjective(model.outputs[0]?.shape.slice(1) as number[], { kind: "mse" })
    : classObjective({ labelSmoothing: 0.1 });
}

function inferenceStep(model: LayersModel, batchSize: number, graph?: GraphOptions): Step {
  fillZeros(model);
  foldBatchNorm(model);
  const pass = forwardPass(model, { frozen: true, ...graph });
  const shape = shapeOf(model.inputs, batchSize);
  const images = tf.tensor(randomNumbers(shape), shape);
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

/** TensorFlow leaves out additions of zero, and training leaves no weight at zero: fills those that are. */
function fillZeros(model: LayersModel): void {
  for (const weight of model.weights) {
    tf.tidy(() => {
      const value = weight.read();
      const isZero = tf.max(tf.abs(value)).dataSync()[0] === 0;
      if (isZero) weight.write(tf.fill(value.shape, 0.01));
    });
  }
}

async function* once(batch: TrainingBatch): AsyncGenerator<TrainingBatch> {
  yield batch;
}

const shapeOf = (tensors: LayersModel["inputs"], batch: number): number[] => [
  batch,
  ...((tensors[0]?.shape.slice(1) ?? []) as number[]),
];

function randomNumbers(shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, createRandom(0).uniform);
}

/** Time of one kind of TensorFlow op. */
export interface OpTime {
  readonly op: string;
  readonly calls: number;
  /** Milliseconds in all calls together. */
  readonly ms: number;
}

/**
 * Times TensorFlow's ops, which run one after another on the CPU, while `work` runs.
 *
 * @returns Ops by falling time.
 * @throws {Error} On an engine whose ops cannot be seen.
 */
async function profileOps(work: () => Promise<void>): Promise<OpTime[]> {
  const backend = tensorflowBackend();
  const { executeSingleOutput, executeMultipleOutputs } = backend;
  if (typeof executeSingleOutput !== "function") {
    throw new Error(`profile: expected the TensorFlow engine, got ${tf.getBackend()}`);
  }
  const times = new Map<string, { calls: number; ms: number }>();
  const timed =
    <Rest extends unknown[], Outputs>(execute: (op: string, ...rest: Rest) => Outputs) =>
    (op: string, ...rest: Rest): Outputs => {
      const start = performance.now();
      const outputs = execute.call(backend, op, ...rest);
      const { calls, ms } = times.get(op) ?? { calls: 0, ms: 0 };
      times.set(op, { calls: calls + 1, ms: ms + performance.now() - start });
      return outputs;
    };
  backend.executeSingleOutput = timed(executeSingleOutput);
  backend.executeMultipleOutputs = timed(executeMultipleOutputs);
  try {
    await work();
  } finally {
    Object.assign(backend, { executeSingleOutput, executeMultipleOutputs });
  }
  return [...times].map(([op, time]) => ({ op, ...time })).sort((a, b) => b.ms - a.ms);
}
