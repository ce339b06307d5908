import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../../datasets/augment/random.ts";
import type { LayerArgs } from "./seeded-layer.ts";
import { nameKey } from "./seeded-normal.ts";

export interface DropoutArgs extends NonNullable<LayerArgs> {
  /** Share of the values that are dropped, from 0 to below 1. */
  rate: number;
  /** @default 0 */
  seed?: number;
}

/**
 * While training, sets a share of the values to zero and scales the others up to keep the sum's expectation.
 *
 * Which are dropped follows from seed, name, step and the passes since the step began: a run that goes on from a
 * checkpoint drops what it would have dropped had it never stopped, if it says at which step it is.
 *
 * Source: Srivastava et al., JMLR 2014.
 */
export class Dropout extends layers.Layer {
  static readonly className = "DyposeDropout";
  readonly rate: number;
  readonly seed: number;
  private step = 0;
  private passes = 0;

  constructor(args: DropoutArgs) {
    super(args);
    this.rate = args.rate;
    this.seed = args.seed ?? 0;
    if (!(this.rate >= 0 && this.rate < 1)) {
      throw new RangeError(`${this.name}.rate: expected a share from 0 to below 1, got ${args.rate}`);
    }
  }

  /** Says that a step of the training begins. */
  startStep(step: number): void {
    this.step = step;
    this.passes = 0;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean } = {}): tf.Tensor {
    const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
    if (!kwargs.training || this.rate === 0) return tf.clone(x);
    return tf.tidy(() => tf.mul(x, tf.tensor(this.drawFactors(x.size), x.shape)));
  }

  private drawFactors(size: number): Float32Array {
    const random = createRandom(this.seed, nameKey(this.name), this.step, this.passes++);
    const kept = 1 / (1 - this.rate);
    return Float32Array.from({ length: size }, () => (random.uniform() < this.rate ? 0 : kept));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}
