import type * as tf from "@tensorflow/tfjs-core";

/** What training makes small. */
export interface Objective {
  /** Shape of each of a batch's targets, the batch left out. */
  readonly targetShapes: readonly (readonly number[])[];
  /** Scalar loss, a mean over the batch, of a model's output [B, …] and the targets [B, …]. */
  readonly loss: (output: tf.Tensor, targets: readonly tf.Tensor[]) => tf.Scalar;
}
