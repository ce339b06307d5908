import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { dynamicConv2d } from "../ops/dynamic-conv2d.ts";
import { addSampleBias, relu } from "../ops/elementwise.ts";
import { globalAveragePool } from "../ops/pool.ts";
import { type ConvArgs, ConvLayer, type ConvParts } from "./conv2d.ts";
import { type AttentionKind, type DynamicOptions, dynamicOptions, parseOptions } from "./dynamic-options.ts";
import { type DenseWeights, fullyConnected } from "./layer.ts";

export type DynamicConvArgs = ConvArgs & DynamicOptions;

interface DynamicParts extends ConvParts {
  /** Of the attention; the hidden layer is absent for a single one. */
  readonly hidden?: DenseWeights; // C to C/r
  readonly output: DenseWeights; // C/r, or C, to K
  readonly temperature: tf.Variable;
}

const temperatureOption = dynamicOptions.pick({ temperature: true });

/**
 * A convolution that mixes K kernels, and K biases, for every image by itself, as its attention to the image says.
 *
 * Source: Chen et al., CVPR 2020 (arXiv 1912.03458).
 */
export abstract class DynamicConv extends ConvLayer<DynamicParts> {
  readonly kernels: number;
  readonly reduction: number;
  readonly attention: AttentionKind;
  /** As it was set; {@link DynamicParts.temperature} is the same in the precision of the engine. */
  private currentTemperature: number;

  constructor(args: DynamicConvArgs, transposed: boolean) {
    super(args, transposed);
    const { kernels, reduction, attention, temperature } = parseOptions(dynamicOptions, args, this.name);
    this.kernels = kernels;
    this.reduction = reduction;
    this.attention = attention;
    this.currentTemperature = temperature;
  }

  get temperature(): number {
    return this.currentTemperature;
  }

  set temperature(value: number) {
    this.currentTemperature = parseOptions(temperatureOption, { temperature: value }, this.name).temperature;
    if (this.built) tf.tidy(() => void this.parts.temperature.assign(tf.scalar(value)));
  }

  override get state(): readonly tf.Variable[] {
    return this.built ? [...super.state, this.parts.temperature] : super.state;
  }

  protected override make(inputShape: Shape): DynamicParts {
    const channels = this.inputChannels(inputShape);
    const shape = [...this.kernelSize, this.kernels, ...this.kernelChannels(channels)];
    const hidden = this.reduction === 0 ? 0 : Math.max(1, Math.floor(channels / this.reduction));
    this.multiplyAdds =
      this.convMultiplyAdds(inputShape) +
      // The attention's two layers, and the mixing of K kernels into one.
      channels * hidden +
      (hidden || channels) * this.kernels +
      shape.reduce((product, size) => product * size, 1);
    return {
      kind: this.kindFor(channels),
      kernel: this.normalWeight("kernel", shape, this.kernelDeviation),
      ...(this.useBias && { bias: this.zeroWeight("bias", [this.kernels, this.filters]) }),
      ...(hidden > 0 && { hidden: this.denseWeights("attention_hidden_", channels, hidden) }),
      output: this.denseWeights("attention_output_", hidden || channels, this.kernels),
      // A recorded graph reads the variable's value anew in every run.
      temperature: tf.tidy(() => tf.variable(tf.scalar(this.currentTemperature), false)),
    };
  }

  /**
   * The weight of each kernel for each image: softmax or sigmoid of scores from a squeeze-and-excitation's two layers.
   *
   * @param x `[B, H, W, C]`
   * @returns `[B, K]`, the caller's to dispose; rows sum to one with "softmax".
   *
   * Source: Chen et al., CVPR 2020 (arXiv 1912.03458), section 3.2 and equation 5.
   */
  attend(x: tf.Tensor): tf.Tensor2D {
    const { hidden, output, temperature } = this.parts;
    return tf.tidy(() => {
      const means = globalAveragePool(x); // [B, C]
      const features = hidden ? relu(fullyConnected(means, hidden)) : means; // [B, C/r] or [B, C]
      const scores = tf.div<tf.Tensor2D>(fullyConnected(features, output), temperature);
      return this.attention === "softmax" ? tf.softmax(scores) : tf.sigmoid(scores);
    });
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    const { kind, bias } = this.parts;
    const attention = this.attend(x); // [B, K]
    const y = this.convolve(x, (part, kernels) =>
      dynamicConv2d(part, kernels, attention, kind, this.geometry),
    );
    if (!bias) return this.shifted(y);
    const mixed = tf.matMul(attention, bias.read() as tf.Tensor2D); // [B, C]
    return addSampleBias(y, this.shift ? tf.add(mixed, this.shift) : mixed);
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
