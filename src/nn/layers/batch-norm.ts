import * as tf from "@tensorflow/tfjs-core";
import { initializers, type LayerVariable, type Shape } from "@tensorflow/tfjs-layers";
import { batchNormInfer, batchNormTrain } from "../ops/batch-norm.ts";
import { type LayerArgs, UnaryLayer } from "./layer.ts";

export interface BatchNormArgs extends LayerArgs {
  /** Weight of each batch in the moving statistics, as PyTorch counts it. @default 0.1 */
  momentum?: number;
  /** Added to the variance. @default 1e-5 */
  epsilon?: number;
}

/** `[C]` each. */
interface NormWeights {
  readonly scale: LayerVariable;
  readonly offset: LayerVariable;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
}

/** Batch normalisation on TensorFlow's fused kernels, with PyTorch's momentum and epsilon. */
export class BatchNorm extends UnaryLayer<NormWeights> {
  static readonly className = "DyposeBatchNorm";
  readonly momentum: number;
  readonly epsilon: number;
  /** Whether the layer before does this layer's work; it then lets everything through. @see foldBatchNorm */
  folded = false;

  constructor(args: BatchNormArgs = {}) {
    super(args);
    this.momentum = args.momentum ?? 0.1;
    this.epsilon = args.epsilon ?? 1e-5;
  }

  protected override make(inputShape: Shape): NormWeights {
    const channels = [inputShape[3] as number];
    const { ones, zeros } = initializers;
    return {
      scale: this.addWeight("scale", channels, "float32", ones()),
      offset: this.addWeight("offset", channels, "float32", zeros()),
      movingMean: this.addWeight("moving_mean", channels, "float32", zeros(), undefined, false),
      movingVariance: this.addWeight("moving_variance", channels, "float32", ones(), undefined, false),
    };
  }

  /**
   * What inference does to each channel: scale · x + shift.
   *
   * @returns `[C]` each, the caller's to dispose.
   */
  affine(): { scale: tf.Tensor; shift: tf.Tensor } {
    return tf.tidy(() => {
      const { scale: gamma, offset, movingMean, movingVariance } = this.values();
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(movingVariance, this.epsilon)));
      return { scale, shift: tf.sub(offset, tf.mul(movingMean, scale)) };
    });
  }

  protected override compute(x: tf.Tensor, training: boolean): tf.Tensor {
    if (this.folded) return tf.clone(x);
    // Frozen, it does not follow the data either.
    if (!training || !this.trainable) return batchNormInfer(x, this.values(), this.epsilon);
    const trained = batchNormTrain(x, this.values(), this.epsilon, this.momentum);
    this.parts.movingMean.write(trained.movingMean);
    this.parts.movingVariance.write(trained.movingVariance);
    return trained.y;
  }

  private values() {
    const { scale, offset, movingMean, movingVariance } = this.parts;
    return {
      scale: scale.read(),
      offset: offset.read(),
      movingMean: movingMean.read(),
      movingVariance: movingVariance.read(),
    };
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), momentum: this.momentum, epsilon: this.epsilon };
  }
}
