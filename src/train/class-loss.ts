import * as tf from "@tensorflow/tfjs-core";
import type { Objective } from "./objective.ts";

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
