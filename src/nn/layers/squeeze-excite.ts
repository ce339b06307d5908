import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { hardSigmoid, relu } from "../ops/elementwise.ts";
import { globalAveragePool } from "../ops/pool.ts";
import {
  type DenseWeights,
  fullyConnected,
  imageChannels,
  positiveInteger,
  type SeededArgs,
  SeededLayer,
} from "./layer.ts";

/** What turns a channel's score into its factor: the sigmoid, or MobileNetV3's in straight lines. */
export type SqueezeGate = "sigmoid" | "hard-sigmoid";

export interface SqueezeExciteArgs extends SeededArgs {
  /** Channels of the hidden layer. */
  hidden: number;
  /** @default "sigmoid" */
  gate?: SqueezeGate;
}

interface SqueezeParts {
  readonly hidden: DenseWeights; // C to hidden
  readonly output: DenseWeights; // hidden to C
}

/**
 * Scales every channel by a factor from 0 to 1 that two fully connected layers find from the channels' means.
 *
 * Source: Hu et al., CVPR 2018 (arXiv 1709.01507).
 */
export class SqueezeExcite extends SeededLayer<SqueezeParts> {
  static readonly className = "DyposeSqueezeExcite";
  readonly hidden: number;
  readonly gate: SqueezeGate;

  constructor(args: SqueezeExciteArgs) {
    super(args);
    this.hidden = positiveInteger(`${this.name}.hidden`, args.hidden);
    this.gate = args.gate ?? "sigmoid";
    if (this.gate !== "sigmoid" && this.gate !== "hard-sigmoid") {
      throw new RangeError(`${this.name}.gate: expected "sigmoid" or "hard-sigmoid", got ${args.gate}`);
    }
  }

  protected override make(inputShape: Shape): SqueezeParts {
    const channels = imageChannels(this.name, inputShape);
    this.multiplyAdds = 2 * channels * this.hidden;
    return {
      hidden: this.denseWeights("hidden_", channels, this.hidden),
      output: this.denseWeights("output_", this.hidden, channels),
    };
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    const hidden = relu(fullyConnected(globalAveragePool(x), this.parts.hidden)); // [B, hidden]
    const scores = fullyConnected(hidden, this.parts.output); // [B, C]
    const factors = this.gate === "sigmoid" ? tf.sigmoid(scores) : hardSigmoid(scores);
    return tf.mul(x, tf.reshape(factors, [-1, 1, 1, x.shape[3] as number]));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), hidden: this.hidden, gate: this.gate };
  }
}
