import * as tf from "@tensorflow/tfjs-core";
import { floatType, rawOp, stringAttribute } from "../../engine/raw-op.ts";
import { type Operation, runOperation } from "./operation.ts";

const addition: Operation<"x" | "bias"> = {
  name: "DyposeBiasAdd",
  portable: ({ x, bias }) => [tf.add(x, bias)],
  // By its own name, TensorFlow joins it to the convolution before and the activation behind.
  tensorflow: ({ x, bias }) =>
    rawOp("BiasAdd", [floatType(), stringAttribute("data_format", "NHWC")], [x, bias]),
  savedInputs: [],
  gradient: ([dy]) => ({
    x: () => tf.clone(dy as tf.Tensor),
    bias: () => tf.sum(dy as tf.Tensor, [0, 1, 2]),
  }),
};

/**
 * Adds a number to every channel.
 *
 * @param x `[B, H, W, C]`
 * @param bias `[C]`
 */
export function addBias(x: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return runOperation(addition, { x, bias }, {})[0] as tf.Tensor;
}

/**
 * Adds a number to every channel of each sample.
 *
 * @param x `[B, H, W, C]`
 * @param biases `[B, C]`
 * @returns `[B, H, W, C]`, the caller's to dispose, inside a tidy scope.
 */
export function addSampleBias(x: tf.Tensor, biases: tf.Tensor): tf.Tensor {
  const [batch, channels] = biases.shape as [number, number];
  return batch === 1
    ? addBias(x, tf.reshape(biases, [channels]))
    : tf.add(x, tf.reshape(biases, [batch, 1, 1, channels]));
}
