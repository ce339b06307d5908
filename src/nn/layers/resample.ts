import type * as tf from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";
import { convOutputSize, symmetricPadding, type WindowGeometry } from "../ops/geometry.ts";
import { globalAveragePool, maxPool } from "../ops/pool.ts";
import { upsampleBilinear } from "../ops/upsample.ts";
import type { LayerArgs } from "./layer.ts";

const first = (inputs: tf.Tensor | tf.Tensor[]): tf.Tensor =>
  Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;

/** Bilinear ×2 upsampling. */
export class Upsample extends layers.Layer {
  static readonly className = "DyposeUpsample";

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch = null, height, width, channels = null] = inputShape as Shape;
    return [batch, height ? 2 * height : null, width ? 2 * width : null, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return upsampleBilinear(first(inputs));
  }
}

export interface MaxPoolArgs extends NonNullable<LayerArgs> {
  /** Cells. */
  size: number;
  /** Cells. */
  strides: number;
  /** Cells on all four sides. */
  padding: number;
}

/** Max pooling, padded as in PyTorch. */
export class MaxPool extends layers.Layer {
  static readonly className = "DyposeMaxPool";
  readonly size: number;
  readonly strides: number;
  readonly padding: number;

  constructor(args: MaxPoolArgs) {
    super(args);
    this.size = args.size;
    this.strides = args.strides;
    this.padding = args.padding;
  }

  private get geometry(): WindowGeometry {
    return { strides: [this.strides, this.strides], padding: symmetricPadding(this.padding) };
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch = null, height, width, channels = null] = inputShape as Shape;
    const size = [height ?? Number.NaN, width ?? Number.NaN] as const;
    const output = convOutputSize(size, [this.size, this.size], this.geometry);
    return [batch, ...output.map((cells) => (Number.isNaN(cells) ? null : cells)), channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return maxPool(first(inputs), [this.size, this.size], this.geometry);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), size: this.size, strides: this.strides, padding: this.padding };
  }
}

/** Mean over the image: `[B, H, W, C]` to `[B, C]`. */
export class GlobalAveragePool extends layers.Layer {
  static readonly className = "DyposeGlobalAveragePool";

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = inputShape as Shape;
    if (shape.length !== 4) {
      throw new TypeError(`${this.name}: expected an input [B, H, W, C], got [${shape}]`);
    }
    return [shape[0] ?? null, shape[3] ?? null];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return globalAveragePool(Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs);
  }
}
