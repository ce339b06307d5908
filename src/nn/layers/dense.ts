import * as tf from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { fullyConnected, heDeviation, type SeededArgs, SeededLayer } from "./layer.ts";

export interface DenseArgs extends SeededArgs {
  /** Output channels. */
  units: number;
  /** Standard deviation of the first kernel. @default He et al.'s, by the input channels */
  initialDeviation?: number;
}

/** Fully connected with a bias: `[B, C]` to `[B, units]`. */
export class Dense extends SeededLayer {
  static readonly className = "DyposeDense";
  readonly units: number;
  readonly initialDeviation: number | undefined;
  /** Multiply-adds for one image, known once built. */
  multiplyAdds = 0;
  private kernel?: LayerVariable;
  private bias?: LayerVariable;

  constructor(args: DenseArgs) {
    super(args);
    this.units = args.units;
    this.initialDeviation = args.initialDeviation;
    if (!(Number.isInteger(this.units) && this.units >= 1)) {
      throw new RangeError(`${this.name}.units: expected a whole number of at least 1, got ${args.units}`);
    }
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = this.inputChannels(inputShape as Shape);
    const deviation = this.initialDeviation ?? heDeviation(channels);
    this.kernel = this.normalWeight("kernel", [channels, this.units], deviation);
    this.bias = this.zeroWeight("bias", [this.units]);
    this.multiplyAdds = channels * this.units;
    super.build(inputShape);
  }

  private inputChannels(shape: Shape): number {
    const channels = shape[1];
    if (shape.length !== 2 || typeof channels !== "number") {
      throw new TypeError(`${this.name}: expected an input [B, C], got [${shape}]`);
    }
    return channels;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = inputShape as Shape;
    this.inputChannels(shape);
    return [shape[0] ?? null, this.units];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
      return fullyConnected(x, (this.kernel as LayerVariable).read(), (this.bias as LayerVariable).read());
    });
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
