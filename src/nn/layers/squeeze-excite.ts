import * as tf from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { hardSigmoid, relu } from "../ops/elementwise.ts";
import { globalAveragePool } from "../ops/pool.ts";
import { fullyConnected, heDeviation, type SeededArgs, SeededLayer } from "./layer.ts";

/** What turns a channel's score into its factor: the sigmoid, or MobileNetV3's in straight lines. */
export type SqueezeGate = "sigmoid" | "hard-sigmoid";

export interface SqueezeExciteArgs extends SeededArgs {
  /** Channels of the hidden layer. */
  hidden: number;
  /** @default "sigmoid" */
  gate?: SqueezeGate;
}

/**
 * Scales every channel by a factor from 0 to 1 that two fully connected layers find from the channels' means.
 *
 * Source: Hu et al., CVPR 2018 (arXiv 1709.01507).
 */
export class SqueezeExcite extends SeededLayer {
  static readonly className = "DyposeSqueezeExcite";
  readonly hidden: number;
  readonly gate: SqueezeGate;
  /** Multiply-adds of the two layers for one image, known once built. */
  multiplyAdds = 0;
  private hiddenKernel?: LayerVariable; // [C, hidden]
  private hiddenBias?: LayerVariable; // [hidden]
  private outputKernel?: LayerVariable; // [hidden, C]
  private outputBias?: LayerVariable; // [C]

  constructor(args: SqueezeExciteArgs) {
    super(args);
    this.hidden = args.hidden;
    this.gate = args.gate ?? "sigmoid";
    if (!(Number.isInteger(this.hidden) && this.hidden >= 1)) {
      throw new RangeError(`${this.name}.hidden: expected a whole number of at least 1, got ${args.hidden}`);
    }
    if (this.gate !== "sigmoid" && this.gate !== "hard-sigmoid") {
      throw new RangeError(`${this.name}.gate: expected "sigmoid" or "hard-sigmoid", got ${args.gate}`);
    }
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = inputShape as Shape;
    const channels = shape[3];
    if (shape.length !== 4 || typeof channels !== "number") {
      throw new TypeError(`${this.name}: expected an input [B, H, W, C], got [${shape}]`);
    }
    this.hiddenKernel = this.normalWeight("hidden_kernel", [channels, this.hidden], heDeviation(channels));
    this.hiddenBias = this.zeroWeight("hidden_bias", [this.hidden]);
    this.outputKernel = this.normalWeight("output_kernel", [this.hidden, channels], heDeviation(this.hidden));
    this.outputBias = this.zeroWeight("output_bias", [channels]);
    this.multiplyAdds = 2 * channels * this.hidden;
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
      const factors = tf.reshape(this.factors(globalAveragePool(x)), [-1, 1, 1, x.shape[3] as number]);
      return tf.mul(x, factors);
    });
  }

  private factors(means: tf.Tensor2D): tf.Tensor {
    const read = (weight: LayerVariable | undefined) => (weight as LayerVariable).read();
    const hidden = relu(fullyConnected(means, read(this.hiddenKernel), read(this.hiddenBias))); // [B, hidden]
    const scores = fullyConnected(hidden, read(this.outputKernel), read(this.outputBias)); // [B, C]
    return this.gate === "sigmoid" ? tf.sigmoid(scores) : hardSigmoid(scores);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), hidden: this.hidden, gate: this.gate };
  }
}
