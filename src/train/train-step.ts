/** One step of training on one page: forward, loss, backward, clip, update, weight average. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Config } from "../config/schema.ts";
import { type GraphFunction, type GraphOptions, graphFunction } from "../engine/graph/graph-function.ts";
import { floatType, rawOp } from "../engine/raw-op.ts";
import { modelState } from "../nn/network.ts";
import type { Objective } from "./objective.ts";
import { type FlatWeights, trainableWeights } from "./optimizer/flat-weights.ts";
import { createOptimizer } from "./optimizer/optimizer.ts";
import type { Optimizer } from "./optimizer/update-rule.ts";
import type { TrainingBatch } from "./training-batch.ts";
import { averageWeights, type WeightAverage } from "./weight-average.ts";

/** A network with what changes its weights. */
export interface Learner {
  readonly model: LayersModel;
  readonly objective: Objective;
  /** Loss and gradient of a batch; see {@link lossGradient}. */
  readonly gradient: GraphFunction;
  /** A longer gradient is shortened to this. */
  readonly clipNorm?: number | undefined;
  readonly optimizer: Optimizer;
  readonly average?: WeightAverage | undefined;
}

/** The learner that a config describes. The caller disposes it with {@link disposeLearner}. */
export function createLearner(
  model: LayersModel,
  objective: Objective,
  train: Omit<Config["train"], "loss">,
  graph?: GraphOptions,
): Learner {
  const weights = trainableWeights(model);
  return {
    model,
    objective,
    gradient: lossGradient(model, weights, objective.loss, graph),
    clipNorm: train.clipNorm,
    optimizer: createOptimizer(weights, train),
    average: train.ema === undefined ? undefined : averageWeights(model, train.ema),
  };
}

/** The model stays the caller's. */
export function disposeLearner({ optimizer, average, gradient }: Learner): void {
  gradient.dispose();
  optimizer.dispose();
  average?.dispose();
}

export interface StepResult {
  /** Mean over all samples. */
  readonly loss: number;
  /** Length of the gradient over all weights, before clipping. */
  readonly gradientNorm: number;
  /** False if loss or gradient was not finite: the step then changed nothing. */
  readonly updated: boolean;
  readonly batches: number;
  /** In all batches. */
  readonly samples: number;
  readonly imageIds: readonly number[];
  readonly annotationIds: readonly number[];
  /** Time spent waiting for data, milliseconds. */
  readonly waitedMs: number;
}

/**
 * One update of the weights from one batch, or from several: those have the effect of one batch of all their samples
 * (batch norm aside, which sees each by itself). Leaves no tensor behind.
 *
 * A loss or gradient that is not finite leaves everything as it was, batch norm's moving statistics included.
 *
 * @param step Updates done before.
 */
export async function trainStep(
  learner: Learner,
  batches: AsyncIterable<TrainingBatch>,
  learningRate: number,
  step: number,
): Promise<StepResult> {
  const { model, optimizer, average, clipNorm = Number.POSITIVE_INFINITY } = learner;
  const statistics = keepStatistics(model);
  const { gradient, ...result } = await meanGradient(learner, batches);
  const norm = await euclideanNorm(gradient);
  const updated = Number.isFinite(result.loss) && Number.isFinite(norm);
  if (updated) {
    const clipped = norm > clipNorm ? tf.mul<tf.Tensor1D>(gradient, clipNorm / norm) : tf.clone(gradient);
    optimizer.update(clipped, learningRate, step);
    clipped.dispose();
    average?.update(step);
  } else {
    statistics.restore();
  }
  gradient.dispose();
  statistics.dispose();
  return { ...result, gradientNorm: norm, updated };
}

/** Loss and gradient, means over the samples of all batches. The caller disposes the gradient. */
async function meanGradient(learner: Learner, batches: AsyncIterable<TrainingBatch>) {
  const imageIds: number[] = [];
  const annotationIds: number[] = [];
  let batchCount = 0;
  let samples = 0;
  let waitedMs = 0;
  let loss = 0;
  let gradient: tf.Tensor1D | undefined;
  for await (const batch of batches) {
    const next = await batchGradient(learner, batch);
    batchCount += 1;
    samples += batch.size;
    waitedMs += batch.waitedMs;
    imageIds.push(...batch.imageIds);
    annotationIds.push(...batch.annotationIds);
    // Means that grow batch by batch: a single batch, the common case, costs nothing more.
    const share = batch.size / samples;
    loss += (next.loss - loss) * share;
    gradient = gradient ? mixInto(gradient, next.gradient, share) : next.gradient;
  }
  if (!gradient) throw new Error("trainStep: expected at least one batch, got none");
  return { loss, gradient, batches: batchCount, samples, imageIds, annotationIds, waitedMs };
}

/** (1 - share) · mean + share · next; both are disposed. */
function mixInto(mean: tf.Tensor1D, next: tf.Tensor1D, share: number): tf.Tensor1D {
  const mixed = tf.tidy(() => tf.add<tf.Tensor1D>(mean, tf.mul(tf.sub(next, mean), share)));
  tf.dispose([mean, next]);
  return mixed;
}

async function batchGradient({ model, objective, gradient: compute }: Learner, batch: TrainingBatch) {
  const imageShape = (model.inputs[0]?.shape.slice(1) ?? []) as number[];
  const inputs = [
    tf.tensor(batch.images, [batch.size, ...imageShape]), // [B, H, W, 3]
    ...batch.targets.map((target, i) =>
      tf.tensor(target, [batch.size, ...(objective.targetShapes[i] ?? [])]),
    ),
  ];
  const [value, gradient] = compute.run(inputs) as [tf.Scalar, tf.Tensor1D];
  tf.dispose(inputs);
  const [mean = Number.NaN] = await value.data();
  value.dispose();
  return { loss: mean, gradient };
}

/**
 * Forward, loss and backward of one batch, as one graph where the engine has graphs.
 *
 * Its inputs: images `[B, H, W, 3]` and the objective's targets. Its results: the loss (a scalar) and the gradient, a
 * vector over `weights`. It moves the model's batch statistics.
 */
function lossGradient(
  model: LayersModel,
  weights: FlatWeights,
  loss: Objective["loss"],
  options?: GraphOptions,
): GraphFunction {
  return graphFunction(
    ([images, ...targets]) => {
      const { value, grads } = tf.variableGrads(
        () => loss(model.apply(images as tf.Tensor, { training: true }) as tf.Tensor, targets),
        [...weights.variables],
      );
      // A weight the loss does not depend on has no gradient.
      const ordered = weights.variables.map((weight) => grads[weight.name] ?? tf.zerosLike(weight));
      return [value, weights.gather(ordered)];
    },
    () => modelState(model),
    options,
  );
}

/** Length of a vector; not finite if any of it is not. */
async function euclideanNorm(vector: tf.Tensor1D): Promise<number> {
  const squares = tf.tidy(() =>
    // TensorFlow's L2Loss, half the sum of squares, needs one pass and no second vector.
    tf.getBackend() === "tensorflow"
      ? tf.mul(2, rawOp("L2Loss", [floatType()], [vector])[0] as tf.Tensor)
      : tf.sum(tf.square(vector)),
  );
  const [sum = Number.NaN] = await squares.data();
  squares.dispose();
  return Math.sqrt(sum);
}

/**
 * Remembers the weights that a forward pass changes (batch norm's moving statistics), to undo a step that failed.
 * Nothing is copied: the values are shared until they are replaced.
 */
function keepStatistics(model: LayersModel): { restore(): void; dispose(): void } {
  const kept = model.nonTrainableWeights.map((weight) => ({ weight, value: tf.clone(weight.read()) }));
  return {
    restore() {
      for (const { weight, value } of kept) weight.write(value);
    },
    dispose() {
      tf.dispose(kept.map(({ value }) => value));
    },
  };
}
