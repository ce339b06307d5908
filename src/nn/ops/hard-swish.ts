import * as tf from "@tensorflow/tfjs-core";
import { relu6 } from "./relu.ts";

/** Sigmoid in straight lines, min(max(x + 3, 0), 6) / 6; any shape. Source: Howard et al., ICCV 2019, section 5.2. */
export function hardSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.mul(relu6(tf.add(x, 3)), 1 / 6);
}

/** x · hardSigmoid(x), any shape. Source: Howard et al., ICCV 2019 (arXiv 1905.02244), section 5.2. */
export function hardSwish(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, hardSigmoid(x));
}
