/** Biases and activations: what is done to each number of an image by itself. */
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
    x: () => tf.clone(dy),
    bias: () => tf.sum(dy, [0, 1, 2]),
  }),
};

/**
 * Adds a number to every channel.
 *
 * @param x `[B, H, W, C]`
 * @param bias `[C]`
 */
export function addBias(x: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return runOperation(addition, { x, bias }, {})[0];
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

/**
 * A ReLU with its gradient. TF.js composes that gradient of six element-wise passes, TensorFlow has it in one.
 *
 * @param passes Where the gradient passes, by the output.
 */
function reluOf(
  name: "Relu" | "Relu6",
  compute: (x: tf.Tensor) => tf.Tensor,
  passes: (y: tf.Tensor) => tf.Tensor,
) {
  const gradient: Operation<"dy" | "y"> = {
    name: `Dypose${name}Gradient`,
    portable: ({ dy, y }) => [tf.mul(dy, tf.cast(passes(y), "float32"))],
    tensorflow: ({ dy, y }) => rawOp(`${name}Grad`, [floatType()], [dy, y]),
    savedInputs: ["y"],
    gradient: ([ddx], { inputs: { y } }) => ({
      dy: () => runOperation(gradient, { dy: ddx, y }, {})[0],
      y: () => tf.zerosLike(y),
    }),
  };
  const forward: Operation<"x"> = {
    name: `Dypose${name}`,
    portable: ({ x }) => [compute(x)],
    savedInputs: [],
    savedOutputs: [true],
    gradient: ([dy], { outputs: [y] }) => ({
      x: () => runOperation(gradient, { dy, y: y as tf.Tensor }, {})[0],
    }),
  };
  return (x: tf.Tensor): tf.Tensor => runOperation(forward, { x }, {})[0];
}

/** max(x, 0), any shape. */
export const relu = reluOf("Relu", tf.relu, (y) => tf.greater(y, 0));

/** min(max(x, 0), 6), any shape. */
export const relu6 = reluOf("Relu6", tf.relu6, (y) => tf.logicalAnd(tf.greater(y, 0), tf.less(y, 6)));

/** Sigmoid in straight lines, min(max(x + 3, 0), 6) / 6; any shape. Source: Howard et al., ICCV 2019, section 5.2. */
export function hardSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.mul(relu6(tf.add(x, 3)), 1 / 6);
}

/** x · hardSigmoid(x), any shape. Source: Howard et al., ICCV 2019 (arXiv 1905.02244), section 5.2. */
export function hardSwish(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, hardSigmoid(x));
}
