import * as tf from "@tensorflow/tfjs-core";
import type { Padding, Size } from "./geometry.ts";
import { type Operation, runOperation } from "./operation.ts";

const globalAverage: Operation<"x"> = {
  name: "DyposeGlobalAverage",
  portable: ({ x }) => [tf.mean(x, [1, 2])],
  savedInputs: ["x"],
  gradient: ([dy], { inputs: { x } }) => ({
    x: () => {
      const [batch, height, width, channels] = x.shape as [number, number, number, number];
      const share = tf.reshape(tf.div(dy as tf.Tensor, height * width), [batch, 1, 1, channels]);
      return tf.mul(share, tf.ones([1, height, width, 1]));
    },
  }),
};

/** Mean over the image: `[B, H, W, C]` to `[B, C]`. */
export function globalAveragePool(x: tf.Tensor): tf.Tensor2D {
  return runOperation(globalAverage, { x }, {})[0] as tf.Tensor2D;
}

/** Smaller than anything a network computes; -Infinity would make NaN of a zero gradient. */
const NOTHING = -3.4e38;

/**
 * Largest value in each window; padding never wins.
 *
 * @param x `[B, H, W, C]`
 * @returns `[B, h, w, C]`
 */
export function maxPool(x: tf.Tensor, window: Size, strides: Size, padding: Padding): tf.Tensor {
  const [top, bottom, left, right] = padding;
  const padded = tf.pad(
    x,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    NOTHING,
  );
  return tf.maxPool(padded as tf.Tensor4D, [...window], [...strides], "valid");
}
