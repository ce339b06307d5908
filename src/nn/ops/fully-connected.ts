import * as tf from "@tensorflow/tfjs-core";
import { boolAttribute, floatType, rawOp, stringAttribute } from "../../engine/raw-op.ts";
import { type Operation, runOperation } from "./operation.ts";

const layer: Operation<"x" | "kernel" | "bias"> = {
  name: "DyposeFullyConnected",
  portable: ({ x, kernel, bias }) => [tf.add(tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), bias)],
  // By these names, TensorFlow joins the two and the activation behind; it does not join TF.js's batched product.
  tensorflow: ({ x, kernel, bias }) => {
    const plain = [boolAttribute("transpose_a", false), boolAttribute("transpose_b", false), floatType()];
    const [product] = rawOp("MatMul", plain, [x, kernel]) as [tf.Tensor];
    return rawOp("BiasAdd", [floatType(), stringAttribute("data_format", "NHWC")], [product, bias]);
  },
  savedInputs: ["x", "kernel"],
  gradient: ([dy], { inputs: { x, kernel } }) => ({
    x: () => tf.matMul(dy as tf.Tensor2D, kernel as tf.Tensor2D, false, true),
    kernel: () => tf.matMul(x as tf.Tensor2D, dy as tf.Tensor2D, true, false),
    bias: () => tf.sum(dy as tf.Tensor, 0),
  }),
};

/**
 * x · kernel + bias.
 *
 * @param x `[B, C]`
 * @param kernel `[C, units]`
 * @param bias `[units]`
 * @returns `[B, units]`
 */
export function fullyConnected(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  return runOperation(layer, { x, kernel, bias }, {})[0] as tf.Tensor2D;
}
