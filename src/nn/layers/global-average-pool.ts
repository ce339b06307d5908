import type * as tf from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";
import { globalAveragePool } from "../ops/pool.ts";

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
