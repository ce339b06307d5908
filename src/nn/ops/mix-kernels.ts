import * as tf from "@tensorflow/tfjs-core";
import type { Shape4 } from "./geometry.ts";

/** Weights below which mixing all samples' kernels at once beats one operation a sample. */
const SMALL_KERNEL = 16_384;

/** Shape of one mixed kernel, `[kh, kw, Ci, Co]`, of K kernels `[kh, kw, K, Ci, Co]`. */
export function mixedShape(kernels: tf.Tensor): Shape4 {
  const [height, width, , inputs, outputs] = kernels.shape as [number, number, number, number, number];
  return [height, width, inputs, outputs];
}

/** Kernels `[kh, kw, K, Ci, Co]` as one matrix a tap, `[kh·kw, K, Ci·Co]`: products of taps run in parallel. */
export function tapMatrices(kernels: tf.Tensor): tf.Tensor3D {
  const [height, width, count, inputs, outputs] = kernels.shape as [number, number, number, number, number];
  return tf.reshape(kernels, [height * width, count, inputs * outputs]);
}

/**
 * Each sample's own kernel, Σ_k attention_k · kernel_k.
 *
 * Large kernels are mixed when their sample's turn comes, and convolve while they are still in the cache: a batch of
 * them would have to go through main memory.
 *
 * @param kernels `[kh, kw, K, Ci, Co]`
 * @param attention `[B, K]`
 * @returns Gives sample b's kernel, `[kh, kw, Ci, Co]`; its tensors are the caller's tidy scope's.
 */
export function mixKernels(kernels: tf.Tensor, attention: tf.Tensor): (sample: number) => tf.Tensor {
  const [batch, count] = attention.shape as [number, number];
  const shape = mixedShape(kernels);
  const taps = tapMatrices(kernels);
  if (batch > 1 && kernels.size / count <= SMALL_KERNEL) {
    const mixed = tf.matMul(tf.reshape(attention, [1, batch, count]), taps); // [taps, B, Ci·Co]
    const bySample = tf.transpose(mixed, [1, 0, 2]);
    const [height, width, inputs, outputs] = shape;
    const parts = tf.split(tf.reshape(bySample, [batch * height, width, inputs, outputs]), batch, 0);
    return (sample) => parts[sample] as tf.Tensor;
  }
  const weights = splitSamples(tf.reshape(attention, [batch, 1, count]));
  return (sample) => tf.reshape(tf.matMul(weights[sample] as tf.Tensor, taps), shape);
}

/** A batch as batches of one. */
export function splitSamples(batch: tf.Tensor): tf.Tensor[] {
  const size = batch.shape[0] as number;
  return size === 1 ? [batch] : tf.split(batch, size, 0);
}

/** Batches of one as one batch. */
export function joinSamples(samples: tf.Tensor[], axis = 0): tf.Tensor {
  return samples.length === 1 ? (samples[0] as tf.Tensor) : tf.concat(samples, axis);
}
