import * as tf from "@tensorflow/tfjs-core";
import type { KeypointConfig } from "../config/schema.ts";

/** What training minimises. */
export interface Objective {
  /** Shape of each of a batch's targets, the batch left out. */
  readonly targetShapes: readonly (readonly number[])[];
  /** Scalar loss, a mean over the batch, of a model's output [B, …] and the targets [B, …]. */
  readonly loss: (output: tf.Tensor, targets: readonly tf.Tensor[]) => tf.Scalar;
}

/** Scalar loss of predicted [B, h, w, K] against target heatmaps [B, h, w, K]; weights [B, K] are 0 where nothing is known. */
export type HeatmapLoss = (predicted: tf.Tensor4D, target: tf.Tensor4D, weights: tf.Tensor2D) => tf.Scalar;

/**
 * The loss a config asks for; targets are heatmaps [B, h, w, K] and weights [B, K].
 *
 * @param shape [h, w, K]
 */
export function heatmapObjective(
  shape: readonly number[],
  config: KeypointConfig["train"]["loss"],
): Objective {
  const loss = config.kind === "mse" ? meanSquaredError : hardKeypointLoss(config.top);
  return {
    targetShapes: [shape, shape.slice(-1)],
    loss: (predicted, [target, weights]) =>
      loss(predicted as tf.Tensor4D, target as tf.Tensor4D, weights as tf.Tensor2D),
  };
}

/**
 * Half the mean squared error over batch, cells and keypoints; a keypoint of weight 0 adds nothing but counts in the mean.
 *
 * Source: Sun et al., CVPR 2019, `JointsMSELoss`.
 */
export const meanSquaredError: HeatmapLoss = (predicted, target, weights) =>
  tf.tidy(() => tf.mean(keypointErrors(predicted, target, weights)) as tf.Scalar);

/**
 * Online hard keypoint mining: of each person the `top` keypoints with the largest error count, the mean of those.
 *
 * Source: Chen et al., CVPR 2018 (arXiv 1711.07319), section 3.2; as `JointsOHKMMSELoss`.
 */
export function hardKeypointLoss(top: number): HeatmapLoss {
  return (predicted, target, weights) =>
    tf.tidy(() => {
      const errors = keypointErrors(predicted, target, weights); // [B, K]
      const counted = Math.min(top, errors.shape[1]);
      const hardest = tf.sum(tf.mul(errors, selectLargest(errors, counted)), 1); // [B]
      return tf.mean(tf.div(hardest, counted)) as tf.Scalar;
    });
}

/** Half the mean squared error over the cells, of each keypoint by itself: [B, K]. */
function keypointErrors(predicted: tf.Tensor4D, target: tf.Tensor4D, weights: tf.Tensor2D): tf.Tensor2D {
  const squared = tf.square(tf.sub(predicted, target)); // [B, h, w, K]
  return tf.mul(tf.mean(squared, [1, 2]), tf.mul(0.5, tf.square(weights))) as tf.Tensor2D;
}

/** 1 for the `top` largest of each row, 0 elsewhere. Which ones those are has no gradient. */
function selectLargest(values: tf.Tensor2D, top: number): tf.Tensor2D {
  const select = tf.customGrad((x) => {
    const { indices } = tf.topk(x as tf.Tensor2D, top); // [B, top]
    const value = tf.sum(tf.oneHot(indices as tf.Tensor2D, (x as tf.Tensor2D).shape[1]), 1); // [B, K]
    return { value: tf.cast(value, "float32"), gradFunc: (dy) => tf.zerosLike(dy as tf.Tensor) };
  });
  return select(values) as tf.Tensor2D;
}

/** {@link crossEntropy} as an objective; the target is each image's class, [B]. */
export function classObjective({ labelSmoothing }: { readonly labelSmoothing: number }): Objective {
  return {
    targetShapes: [[]],
    loss: (scores, [labels]) => crossEntropy(scores as tf.Tensor2D, labels as tf.Tensor1D, labelSmoothing),
  };
}

/**
 * Mean cross-entropy of the softmax of class scores [B, C] and the classes [B] (whole numbers, of any dtype).
 *
 * @param smoothing Share of the target that is spread evenly over all C classes: Szegedy et al., CVPR 2016, section 7.
 */
export function crossEntropy(scores: tf.Tensor2D, labels: tf.Tensor1D, smoothing: number): tf.Scalar {
  return tf.tidy(() => {
    const classes = scores.shape[1];
    const right = tf.cast(tf.oneHot(tf.cast(labels, "int32"), classes), "float32"); // [B, C]
    const target = tf.add(tf.mul(right, 1 - smoothing), smoothing / classes);
    return tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(scores)), 1))) as tf.Scalar;
  });
}
