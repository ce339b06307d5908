/** Layers without weights that change an image's size. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { convOutputSize, symmetricPadding, type WindowGeometry } from "../ops/geometry.ts";
import { globalAveragePool, maxPool } from "../ops/pool.ts";
import { upsampleBilinear } from "../ops/upsample.ts";
import { type LayerArgs, UnaryLayer } from "./layer.ts";

/** Bilinear ×2 upsampling. */
export class Upsample extends UnaryLayer {
  static readonly className = "DyposeUpsample";

  protected override outputShapeFor([batch = null, height, width, channels = null]: Shape): Shape {
    return [batch, height ? 2 * height : null, width ? 2 * width : null, channels];
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    return upsampleBilinear(x);
  }
}

export interface MaxPoolArgs extends LayerArgs {
  /** Cells. */
  size: number;
  /** Cells. */
  strides: number;
  /** Cells on all four sides. */
  padding: number;
}

/** Max pooling, padded as in PyTorch. */
export class MaxPool extends UnaryLayer {
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

  protected override outputShapeFor([batch = null, height, width, channels = null]: Shape): Shape {
    const size = [height ?? Number.NaN, width ?? Number.NaN] as const;
    const output = convOutputSize(size, [this.size, this.size], this.geometry);
    return [batch, ...output.map((cells) => (Number.isNaN(cells) ? null : cells)), channels];
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    return maxPool(x, [this.size, this.size], this.geometry);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), size: this.size, strides: this.strides, padding: this.padding };
  }
}

/** Mean over the image: `[B, H, W, C]` to `[B, C]`. */
export class GlobalAveragePool extends UnaryLayer {
  static readonly className = "DyposeGlobalAveragePool";

  protected override outputShapeFor(inputShape: Shape): Shape {
    if (inputShape.length !== 4) {
      throw new TypeError(`${this.name}: expected an input [B, H, W, C], got [${inputShape}]`);
    }
    return [inputShape[0] ?? null, inputShape[3] ?? null];
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    return globalAveragePool(x);
  }
}
