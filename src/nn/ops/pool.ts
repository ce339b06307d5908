import * as tf from "@tensorflow/tfjs-core";
import { padImage, type Size, type WindowGeometry } from "./geometry.ts";
import { type Operation, runOperation } from "./operation.ts";

const globalAverage: Operation<"x"> = {
  name: "DyposeGlobalAverage",
  portable: ({ x }) => [tf.mean(x, [1, 2])],
  savedInputs: ["x"],
  gradient: ([dy], { inputs: { x } }) => ({
    x: () => {
      const [batch, height, width, channels] = x.shape as [number, number, number, number];
      const share = tf.reshape(tf.div(dy, height * width), [batch, 1, 1, channels]);
      return tf.mul(share, tf.ones([1, height, width, 1]));
    },
  }),
};

/** Mean over the image: `[B, H, W, C]` to `[B, C]`. */
export function globalAveragePool(x: tf.Tensor): tf.Tensor2D {
  const [means] = runOperation(globalAverage, { x }, {});
  return means as tf.Tensor2D;
}

type PoolAttributes = WindowGeometry & { readonly window: Size };

/** Smaller than anything a network computes; -Infinity would make NaN of a zero gradient. */
const NOTHING = -3.4e38;

const max: Operation<"x", PoolAttributes> = {
  name: "DyposeMaxPool",
  portable: ({ x }, attributes) => {
    const padded = padImage(x, attributes.padding, NOTHING) as tf.Tensor4D;
    return [tf.maxPool(padded, [...attributes.window], [...attributes.strides], "valid")];
  },
  savedInputs: ["x"],
  savedOutputs: [true],
  gradient: ([dy], { inputs: { x }, outputs: [y] }, attributes) => ({
    x: () => runOperation(maxGradient, { dy, x, y: y as tf.Tensor }, attributes)[0],
  }),
};

const maxGradient: Operation<"dy" | "x" | "y", PoolAttributes> = {
  name: "DyposeMaxPoolGradient",
  // wasm's kernel looks for the largest cell above zero, so all are lifted above it.
  portable: ({ dy, x, y }, attributes) => {
    const lift = tf.sub(1, tf.min(x));
    return throughLargest(dy, tf.add(x, lift), 0, tf.add(y, lift), attributes);
  },
  tensorflow: ({ dy, x, y }, attributes) => throughLargest(dy, x, NOTHING, y, attributes),
  savedInputs: [],
  gradient: () => {
    throw new Error("maxPool: expected first-order gradients only, got a gradient of its gradient");
  },
};

/** Gradient through the largest cell of each window of a padded image, the padding's share cut off again. */
function throughLargest(
  dy: tf.Tensor,
  x: tf.Tensor,
  paddingValue: number,
  y: tf.Tensor,
  { window, strides, padding }: PoolAttributes,
): tf.Tensor[] {
  const input = padImage(x, padding, paddingValue);
  const stock = { filterSize: [...window], strides: [...strides], pad: "valid" };
  const dx = tf.engine().runKernel("MaxPoolGrad", { dy, input, output: y }, stock) as tf.Tensor;
  const [top, , left] = padding;
  return [tf.slice(dx, [0, top, left, 0], x.shape)];
}

/**
 * Largest value in each window; padding never wins.
 *
 * @param x `[B, H, W, C]`
 * @returns `[B, h, w, C]`
 */
export function maxPool(x: tf.Tensor, window: Size, { strides, padding }: WindowGeometry): tf.Tensor {
  return runOperation(max, { x }, { window, strides, padding })[0];
}
