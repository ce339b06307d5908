import * as tf from "@tensorflow/tfjs-core";

/**
 * x · kernel + bias.
 *
 * @param x `[B, C]`
 * @param kernel `[C, units]`
 * @param bias `[units]`
 * @returns `[B, units]`, the caller's to dispose.
 */
export function fullyConnected(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  return tf.tidy(() => tf.add<tf.Tensor2D>(tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), bias));
}
