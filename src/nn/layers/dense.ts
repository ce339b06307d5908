import type * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { type DenseWeights, fullyConnected, positiveInteger, type SeededArgs, SeededLayer } from "./layer.ts";

export interface DenseArgs extends SeededArgs {
  /** Output channels. */
  units: number;
  /** Standard deviation of the first kernel. @default He et al.'s, by the input channels */
  initialDeviation?: number;
}

/** Fully connected with a bias: `[B, C]` to `[B, units]`. */
export class Dense extends SeededLayer<DenseWeights> {
  static readonly className = "DyposeDense";
  readonly units: number;
  readonly initialDeviation: number | undefined;

  constructor(args: DenseArgs) {
    super(args);
    this.units = positiveInteger(`${this.name}.units`, args.units);
    this.initialDeviation = args.initialDeviation;
  }

  protected override make(inputShape: Shape): DenseWeights {
    const channels = this.inputChannels(inputShape);
    this.multiplyAdds = channels * this.units;
    return this.denseWeights("", channels, this.units, this.initialDeviation);
  }

  private inputChannels(shape: Shape): number {
    const channels = shape[1];
    if (shape.length !== 2 || typeof channels !== "number") {
      throw new TypeError(`${this.name}: expected an input [B, C], got [${shape}]`);
    }
    return channels;
  }

  protected override outputShapeFor(inputShape: Shape): Shape {
    this.inputChannels(inputShape);
    return [inputShape[0] ?? null, this.units];
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    return fullyConnected(x, this.parts);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const deviation = this.initialDeviation;
    return {
      ...super.getConfig(),
      units: this.units,
      ...(deviation === undefined ? {} : { initialDeviation: deviation }),
    };
  }
}
