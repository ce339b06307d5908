import * as tf from "@tensorflow/tfjs-core";
import { initializers, type LayerVariable, layers, type Shape } from "@tensorflow/tfjs-layers";
import { batchNormInfer, batchNormTrain } from "../ops/batch-norm.ts";
import type { LayerArgs } from "./layer.ts";

export interface BatchNormArgs extends NonNullable<LayerArgs> {
  /** Weight of each batch in the moving statistics, as PyTorch counts it. @default 0.1 */
  momentum?: number;
  /** Added to the variance. @default 1e-5 */
  epsilon?: number;
}

/** Batch normalisation on TensorFlow's fused kernels, with PyTorch's momentum and epsilon. */
export class BatchNorm extends layers.Layer {
  static readonly className = "DyposeBatchNorm";
  readonly momentum: number;
  readonly epsilon: number;
  /** Whether the layer before does this layer's work; it then lets everything through. @see foldBatchNorm */
  folded = false;
  private scale?: LayerVariable;
  private offset?: LayerVariable;
  private movingMean?: LayerVariable;
  private movingVariance?: LayerVariable;

  constructor(args: BatchNormArgs = {}) {
    super(args);
    this.momentum = args.momentum ?? 0.1;
    this.epsilon = args.epsilon ?? 1e-5;
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = [(inputShape as Shape)[3] as number];
    const { ones, zeros } = initializers;
    this.scale = this.addWeight("scale", channels, "float32", ones());
    this.offset = this.addWeight("offset", channels, "float32", zeros());
    this.movingMean = this.addWeight("moving_mean", channels, "float32", zeros(), undefined, false);
    this.movingVariance = this.addWeight("moving_variance", channels, "float32", ones(), undefined, false);
    super.build(inputShape);
  }

  /**
   * What inference does to each channel: scale · x + shift.
   *
   * @returns `[C]` each, the caller's to dispose.
   */
  affine(): { scale: tf.Tensor; shift: tf.Tensor } {
    return tf.tidy(() => {
      const variance = tf.add((this.movingVariance as LayerVariable).read(), this.epsilon);
      const scale = tf.mul((this.scale as LayerVariable).read(), tf.rsqrt(variance));
      const moved = tf.mul((this.movingMean as LayerVariable).read(), scale);
      return { scale, shift: tf.sub((this.offset as LayerVariable).read(), moved) };
    });
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean } = {}): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
      if (this.folded) return tf.clone(x);
      const [mean, variance] = [this.movingMean, this.movingVariance] as [LayerVariable, LayerVariable];
      const parameters = {
        scale: (this.scale as LayerVariable).read(),
        offset: (this.offset as LayerVariable).read(),
        movingMean: mean.read(),
        movingVariance: variance.read(),
      };
      // Frozen, it does not follow the data either.
      if (!kwargs.training || !this.trainable) return batchNormInfer(x, parameters, this.epsilon);
      const trained = batchNormTrain(x, parameters, this.epsilon, this.momentum);
      mean.write(trained.movingMean);
      variance.write(trained.movingVariance);
      return trained.y;
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), momentum: this.momentum, epsilon: this.epsilon };
  }
}
