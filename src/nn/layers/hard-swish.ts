import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { hardSwish } from "../ops/hard-swish.ts";

/** MobileNetV3's activation, x · min(max(x + 3, 0), 6) / 6. */
export class HardSwish extends layers.Layer {
  static readonly className = "DyposeHardSwish";

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => hardSwish(Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs));
  }
}
