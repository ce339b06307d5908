import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { hardSwish, relu, relu6 } from "../ops/elementwise.ts";
import type { LayerArgs } from "./layer.ts";

export interface RectifierArgs extends NonNullable<LayerArgs> {
  /** Largest value let through; absent for none. */
  cap?: 6;
}

/** ReLU, or ReLU6 with `cap: 6`, with TensorFlow's own gradient. */
export class Rectifier extends layers.Layer {
  static readonly className = "DyposeRectifier";
  readonly cap: 6 | undefined;

  constructor(args: RectifierArgs = {}) {
    super(args);
    this.cap = args.cap;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
    return this.cap === 6 ? relu6(x) : relu(x);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.cap === undefined ? {} : { cap: this.cap }) };
  }
}

/** MobileNetV3's activation, x · min(max(x + 3, 0), 6) / 6. */
export class HardSwish extends layers.Layer {
  static readonly className = "DyposeHardSwish";

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => hardSwish(Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs));
  }
}
