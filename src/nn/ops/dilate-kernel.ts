import * as tf from "@tensorflow/tfjs-core";
import type { Size } from "./geometry.ts";

/**
 * A kernel with gaps between its taps, as zeros: with it, a plain convolution is the dilated one. No engine here has
 * gradients for dilated convolutions on the CPU; this way all of them have.
 *
 * @param kernel `[kh, kw, ...]`
 * @returns `[(kh - 1) · dilation + 1, (kw - 1) · dilation + 1, ...]`; the kernel itself where nothing is dilated.
 */
export function dilateKernel(kernel: tf.Tensor, [vertical, horizontal]: Size): tf.Tensor {
  if (vertical === 1 && horizontal === 1) return kernel;
  const [height, width, ...rest] = kernel.shape as [number, number, ...number[]];
  const depth = rest.reduce((product, size) => product * size, 1);
  const rows = tf.pad(tf.reshape(kernel, [height, 1, width * depth]), [
    [0, 0],
    [0, vertical - 1],
    [0, 0],
  ]);
  const cells = tf.pad(tf.reshape(rows, [height * vertical * width, 1, depth]), [
    [0, 0],
    [0, horizontal - 1],
    [0, 0],
  ]);
  const grid = tf.reshape(cells, [height * vertical, width * horizontal, depth]);
  const [tall, wide] = [(height - 1) * vertical + 1, (width - 1) * horizontal + 1];
  return tf.reshape(tf.slice(grid, [0, 0, 0], [tall, wide, depth]), [tall, wide, ...rest]);
}
