import * as tf from "@tensorflow/tfjs-core";

/**
 * Applies a convolution to each group of channels by itself.
 *
 * @param groups Number of groups; with one, the convolution is applied as it is.
 * @param x `[B, H, W, C]`
 * @param kernel `[..., Cout]`, split along its last axis.
 */
export function inGroups(
  groups: number,
  x: tf.Tensor,
  kernel: tf.Tensor,
  convolve: (x: tf.Tensor, kernel: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  if (groups === 1) return convolve(x, kernel);
  const kernels = tf.split(kernel, groups, kernel.rank - 1);
  const parts = tf.split(x, groups, 3);
  return tf.concat(
    parts.map((part, i) => convolve(part, kernels[i] as tf.Tensor)),
    3,
  );
}
