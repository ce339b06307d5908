import * as tf from "@tensorflow/tfjs-core";
import { floatType, rawOp } from "../../engine/raw-op.ts";
import { type Operation, runOperation } from "./operation.ts";

/** A rectifier and its gradient. TF.js composes that gradient of six element-wise passes, TensorFlow has it in one. */
function rectifier(
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
      dy: () => runOperation(gradient, { dy: ddx as tf.Tensor, y }, {})[0] as tf.Tensor,
      y: () => tf.zerosLike(y),
    }),
  };
  const forward: Operation<"x"> = {
    name: `Dypose${name}`,
    portable: ({ x }) => [compute(x)],
    savedInputs: [],
    savedOutputs: [true],
    gradient: ([dy], { outputs: [y] }) => ({
      x: () => runOperation(gradient, { dy: dy as tf.Tensor, y: y as tf.Tensor }, {})[0] as tf.Tensor,
    }),
  };
  return (x: tf.Tensor): tf.Tensor => runOperation(forward, { x }, {})[0] as tf.Tensor;
}

/** max(x, 0), any shape. */
export const relu = rectifier("Relu", tf.relu, (y) => tf.greater(y, 0));

/** min(max(x, 0), 6), any shape. */
export const relu6 = rectifier("Relu6", tf.relu6, (y) => tf.logicalAnd(tf.greater(y, 0), tf.less(y, 6)));
