import * as tf from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { type ConvKind, dilateKernel } from "../ops/convolution.ts";
import { dynamicConv2d } from "../ops/dynamic-conv2d.ts";
import { addSampleBias, relu } from "../ops/elementwise.ts";
import { globalAveragePool } from "../ops/pool.ts";
import { type ConvArgs, ConvLayer, inGroups } from "./conv2d.ts";
import { fullyConnected, heDeviation } from "./layer.ts";

export interface DynamicConvArgs extends ConvArgs {
  /** K, the kernels that are mixed. @default 4 */
  kernels?: number;
  /** r: the attention's hidden layer has 1/r of the channels; 0 leaves it out. @default 4 */
  reduction?: number;
  /** Scores are divided by it: the higher, the nearer to a uniform mixture. @default 1 */
  temperature?: number;
  /** @default "softmax" */
  attention?: AttentionKind;
}

/**
 * A convolution that mixes K kernels, and K biases, for every image by itself, as its attention to the image says.
 *
 * Source: Chen et al., CVPR 2020 (arXiv 1912.03458).
 */
abstract class DynamicConv extends ConvLayer {
  readonly kernels: number;
  readonly reduction: number;
  readonly attention: AttentionKind;
  private kernel?: LayerVariable;
  private bias?: LayerVariable;
  private attentionWeights?: AttentionWeights;
  private kind: ConvKind = "conv";
  private currentTemperature: number;
  /** The temperature as the engine reads it: a recorded graph takes its value anew in every run. */
  private temperatureVariable?: tf.Variable;

  constructor(args: DynamicConvArgs, transposed: boolean) {
    super(args, transposed);
    this.kernels = args.kernels ?? 4;
    this.reduction = args.reduction ?? 4;
    this.attention = args.attention ?? "softmax";
    this.currentTemperature = args.temperature ?? 1;
    this.temperature = this.currentTemperature;
    if (!(Number.isInteger(this.kernels) && this.kernels >= 1)) {
      throw new RangeError(
        `${this.name}.kernels: expected a whole number of at least 1, got ${args.kernels}`,
      );
    }
    if (!(this.reduction >= 0)) {
      throw new RangeError(`${this.name}.reduction: expected 0 or more, got ${args.reduction}`);
    }
    if (this.attention !== "softmax" && this.attention !== "sigmoid") {
      throw new RangeError(`${this.name}.attention: expected "softmax" or "sigmoid", got ${args.attention}`);
    }
  }

  get temperature(): number {
    return this.currentTemperature;
  }

  set temperature(value: number) {
    if (!(value > 0)) throw new RangeError(`${this.name}.temperature: expected more than 0, got ${value}`);
    this.currentTemperature = value;
    if (this.temperatureVariable) {
      const scalar = tf.scalar(value);
      this.temperatureVariable.assign(scalar);
      scalar.dispose();
    }
  }

  override get state(): readonly tf.Variable[] {
    return this.temperatureVariable ? [...super.state, this.temperatureVariable] : super.state;
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = this.inputChannels(inputShape as Shape);
    this.kind = this.kindFor(channels);
    const shape = [...this.kernelSize, this.kernels, ...this.kernelChannels(channels)];
    this.kernel = this.normalWeight("kernel", shape, this.kernelDeviation);
    if (this.useBias) {
      this.bias = this.zeroWeight("bias", [this.kernels, this.filters]);
    }
    this.attentionWeights = this.buildAttention(channels);
    this.temperatureVariable = tf.tidy(() => tf.variable(tf.scalar(this.temperature), false));
    this.multiplyAdds = this.convMultiplyAdds(inputShape as Shape) + this.attentionMultiplyAdds(channels);
    super.build(inputShape);
  }

  private buildAttention(channels: number): AttentionWeights {
    if (this.reduction === 0) {
      return {
        outputKernel: this.normalWeight(
          "attention_output_kernel",
          [channels, this.kernels],
          heDeviation(channels),
        ),
        outputBias: this.zeroWeight("attention_output_bias", [this.kernels]),
      };
    }
    const hidden = hiddenChannels(channels, this.reduction);
    return {
      hiddenKernel: this.normalWeight("attention_hidden_kernel", [channels, hidden], heDeviation(channels)),
      hiddenBias: this.zeroWeight("attention_hidden_bias", [hidden]),
      outputKernel: this.normalWeight("attention_output_kernel", [hidden, this.kernels], heDeviation(hidden)),
      outputBias: this.zeroWeight("attention_output_bias", [this.kernels]),
    };
  }

  /** The attention's two layers, and the mixing of K kernels into one. */
  private attentionMultiplyAdds(channels: number): number {
    const hidden = this.reduction === 0 ? 0 : hiddenChannels(channels, this.reduction);
    const layers = channels * hidden + (hidden || channels) * this.kernels;
    return (
      layers +
      (this.kernel as LayerVariable).shape.reduce<number>((product, size) => product * (size ?? 1), 1)
    );
  }

  /**
   * The weight of each kernel for each image.
   *
   * @param x `[B, H, W, C]`
   * @returns `[B, K]`, the caller's to dispose.
   */
  attend(x: tf.Tensor): tf.Tensor2D {
    return tf.tidy(() =>
      kernelAttention(
        x,
        this.attentionWeights as AttentionWeights,
        this.attention,
        this.temperatureVariable as tf.Variable,
      ),
    );
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
      const attention = this.attend(x); // [B, K]
      const kernels = dilateKernel((this.kernel as LayerVariable).read(), this.dilation);
      const groups = this.kind === "conv" ? this.groups : 1;
      const y = inGroups(groups, x, kernels, (part, weights) =>
        dynamicConv2d(part, weights, attention, this.kind, this.geometry),
      );
      return this.bias ? addSampleBias(y, this.biasFor(attention, this.bias)) : this.shifted(y);
    });
  }

  /** What is added to each sample, a folded normalisation's shift included: `[B, C]`. */
  private biasFor(attention: tf.Tensor2D, bias: LayerVariable): tf.Tensor {
    const mixed = tf.matMul(attention, bias.read() as tf.Tensor2D);
    return this.shift ? tf.add(mixed, this.shift) : mixed;
  }

  protected override scaleOutputs(scale: tf.Tensor): void {
    const kernel = this.kernel as LayerVariable;
    kernel.write(tf.mul(kernel.read(), this.kernelScale(scale, this.kind)));
    this.bias?.write(tf.mul(this.bias.read(), scale));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      kernels: this.kernels,
      reduction: this.reduction,
      temperature: this.temperature,
      attention: this.attention,
    };
  }
}

/** Dynamic convolution: k×k, 1×1, depthwise or grouped. */
export class DynamicConv2D extends DynamicConv {
  static readonly className = "DynamicConv2D";
  constructor(args: DynamicConvArgs) {
    super(args, false);
  }
}

/** Dynamic transposed convolution: 4×4 with stride 2 and padding 1 doubles an image. */
export class DynamicConv2DTranspose extends DynamicConv {
  static readonly className = "DynamicConv2DTranspose";
  constructor(args: DynamicConvArgs) {
    super(args, true);
  }
}

/** How the scores of the K kernels become weights: summing to one (the paper), or each by itself (CondConv). */
export type AttentionKind = "softmax" | "sigmoid";

/** The two fully connected layers of a squeeze-and-excitation block; the hidden one is absent for a single layer. */
export interface AttentionWeights {
  readonly hiddenKernel?: LayerVariable; // [C, C/r]
  readonly hiddenBias?: LayerVariable; // [C/r]
  readonly outputKernel: LayerVariable; // [C/r or C, K]
  readonly outputBias: LayerVariable; // [K]
}

/** Channels between the two layers of the attention. */
export function hiddenChannels(channels: number, reduction: number): number {
  return Math.max(1, Math.floor(channels / reduction));
}

/**
 * How much each of the K kernels counts for each sample.
 *
 * @param x `[B, H, W, C]`
 * @param temperature Scalar that scores are divided by: the higher, the nearer to uniform.
 * @returns `[B, K]`; rows sum to one with "softmax".
 *
 * Source: Chen et al., CVPR 2020 (arXiv 1912.03458), section 3.2 and equation 5.
 */
export function kernelAttention(
  x: tf.Tensor,
  weights: AttentionWeights,
  kind: AttentionKind,
  temperature: tf.Tensor,
): tf.Tensor2D {
  let features = globalAveragePool(x); // [B, C]
  if (weights.hiddenKernel && weights.hiddenBias) {
    const hidden = fullyConnected(features, weights.hiddenKernel.read(), weights.hiddenBias.read());
    features = relu(hidden) as tf.Tensor2D;
  }
  const scores = tf.div(
    fullyConnected(features, weights.outputKernel.read(), weights.outputBias.read()),
    temperature,
  );
  return (kind === "softmax" ? tf.softmax(scores) : tf.sigmoid(scores)) as tf.Tensor2D;
}
