import * as tf from "@tensorflow/tfjs-core";
import type { Batch } from "./batch.ts";
import { gradientNorm } from "./gradient-norm.ts";
import type { Learner } from "./learner.ts";
import { keepStatistics } from "./moving-statistics.ts";

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
  batches: AsyncIterable<Batch>,
  learningRate: number,
  step: number,
): Promise<StepResult> {
  const statistics = keepStatistics(learner.model);
  const { gradient, ...result } = await meanGradient(learner, batches);
  const length = await gradientNorm(gradient);
  const updated = Number.isFinite(result.loss) && Number.isFinite(length);
  if (updated) update(learner, gradient, length, learningRate, step);
  else statistics.restore();
  gradient.dispose();
  statistics.dispose();
  return { ...result, gradientNorm: length, updated };
}

function update(
  { optimizer, clipNorm = Number.POSITIVE_INFINITY }: Learner,
  gradient: tf.Tensor1D,
  length: number,
  learningRate: number,
  step: number,
): void {
  const clipped = length > clipNorm ? tf.mul<tf.Tensor1D>(gradient, clipNorm / length) : tf.clone(gradient);
  optimizer.update(clipped, learningRate, step);
  clipped.dispose();
}

/** Loss and gradient, means over the samples of all batches. The caller disposes the gradient. */
async function meanGradient(learner: Learner, batches: AsyncIterable<Batch>) {
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

async function batchGradient({ model, objective, gradient: compute }: Learner, batch: Batch) {
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
