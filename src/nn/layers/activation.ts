import type * as tf from "@tensorflow/tfjs-core";
import { hardSwish, relu, relu6 } from "../ops/elementwise.ts";
import { type LayerArgs, UnaryLayer } from "./layer.ts";

export interface RectifierArgs extends LayerArgs {
  /** Largest value let through; absent for none. */
  cap?: 6;
}

/** ReLU, or ReLU6 with `cap: 6`, with TensorFlow's own gradient. */
export class Rectifier extends UnaryLayer {
  static readonly className = "DyposeRectifier";
  readonly cap: 6 | undefined;

  constructor(args: RectifierArgs = {}) {
    super(args);
    this.cap = args.cap;
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    return this.cap === 6 ? relu6(x) : relu(x);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.cap === undefined ? {} : { cap: this.cap }) };
  }
}

/** MobileNetV3's activation, x · min(max(x + 3, 0), 6) / 6. */
export class HardSwish extends UnaryLayer {
  static readonly className = "DyposeHardSwish";

  protected override compute(x: tf.Tensor): tf.Tensor {
    return hardSwish(x);
  }
}
