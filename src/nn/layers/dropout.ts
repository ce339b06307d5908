import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "../../../datasets/random.ts";
import { floatType, intType, rawOp, shapeTensor } from "../../engine/raw-op.ts";
import { type Operation, runOperation } from "../ops/operation.ts";
import { type LayerArgs, nameKey, UnaryLayer } from "./layer.ts";

export interface DropoutArgs extends LayerArgs {
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
export class Dropout extends UnaryLayer<{ readonly key: tf.Variable }> {
  static readonly className = "DyposeDropout";
  readonly rate: number;
  readonly seed: number;

  constructor(args: DropoutArgs) {
    super(args);
    this.rate = args.rate;
    this.seed = args.seed ?? 0;
    if (!(this.rate >= 0 && this.rate < 1)) {
      throw new RangeError(`${this.name}.rate: expected a share from 0 to below 1, got ${args.rate}`);
    }
  }

  override get state(): readonly tf.Variable[] {
    return this.built ? [this.parts.key] : [];
  }

  /** The key is `[step's key, passes since it began]`, as the engine reads and counts it. */
  protected override make() {
    return { key: tf.tidy(() => tf.variable(this.keyOf(0), false)) };
  }

  /** Says that a step of the training begins. */
  startStep(step: number): void {
    if (this.built) tf.tidy(() => void this.parts.key.assign(this.keyOf(step)));
  }

  private keyOf(step: number): tf.Tensor1D {
    return tf.tensor1d([createRandom(this.seed, nameKey(this.name), step).bits() | 0, 0], "int32");
  }

  protected override compute(x: tf.Tensor, training: boolean): tf.Tensor {
    if (!training || this.rate === 0) return tf.clone(x);
    const { key } = this.parts;
    const isKept = tf.greaterEqual(randomUniform(x.shape, key), this.rate);
    key.assign(tf.add(key, tf.tensor1d([0, 1], "int32")));
    return tf.mul(x, tf.mul(tf.cast(isKept, "float32"), 1 / (1 - this.rate)));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}

const draw: Operation<"key", { readonly shape: readonly number[] }> = {
  name: "DyposeRandomUniform",
  portable: ({ key }, { shape }) => {
    const random = createRandom(...key.dataSync());
    const size = shape.reduce((product, length) => product * length, 1);
    return [tf.tensor(Float32Array.from({ length: size }, random.uniform), [...shape])];
  },
  tensorflow: ({ key }, { shape }) =>
    rawOp(
      "StatelessRandomUniform",
      [floatType("dtype"), intType("T"), intType("Tseed")],
      [shapeTensor(shape), key],
    ),
  savedInputs: [],
  gradient: () => ({}),
};

/**
 * Random numbers in [0, 1) that the key decides: the same on every call, other ones on another kind of engine.
 *
 * @param key `[2]`, int32. A tensor, so that a recorded graph draws by its value and not the same in every run.
 */
function randomUniform(shape: readonly number[], key: tf.Tensor): tf.Tensor {
  return runOperation(draw, { key }, { shape })[0];
}
