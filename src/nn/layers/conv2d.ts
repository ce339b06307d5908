import * as tf from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { CONVOLUTIONS, type ConvKind, dilateKernel } from "../ops/convolution.ts";
import { addBias } from "../ops/elementwise.ts";
import {
  convOutputSize,
  convTransposeOutputSize,
  type Size,
  symmetricPadding,
  type WindowGeometry,
} from "../ops/geometry.ts";
import { heDeviation, type SeededArgs, SeededLayer } from "./layer.ts";

export interface ConvArgs extends SeededArgs {
  /** Output channels. */
  filters: number;
  /** Cells; one number for a square. */
  kernelSize: number | Size;
  /** Cells. @default 1 */
  strides?: number | Size;
  /** Cells added on all four sides, as in PyTorch. @default 0 */
  padding?: number;
  /** Cells from tap to tap. @default 1 */
  dilation?: number | Size;
  /** Independent groups of channels; as many as input channels for a depthwise convolution. @default 1 */
  groups?: number;
  /** @default true */
  useBias?: boolean;
  /** Standard deviation of the first kernel. @default He et al.'s, by what one output is summed from */
  initialDeviation?: number;
}

const pair = (value: number | Size): Size =>
  typeof value === "number" ? [value, value] : [value[0], value[1]];

function positiveInteger(where: string, value: number): number {
  if (!(Number.isInteger(value) && value >= 1)) {
    throw new RangeError(`${where}: expected a whole number of at least 1, got ${value}`);
  }
  return value;
}

/** What static and dynamic convolutions have in common: geometry, shapes, configuration and cost. */
export abstract class ConvLayer extends SeededLayer {
  readonly filters: number;
  readonly kernelSize: Size;
  readonly strides: Size;
  readonly padding: number;
  readonly dilation: Size;
  readonly groups: number;
  readonly useBias: boolean;
  readonly initialDeviation: number | undefined;
  /** Multiply-adds for one image, known once built. */
  multiplyAdds = 0;
  protected readonly transposed: boolean;
  /** What a folded batch normalisation adds, `[C]`. */
  protected shift?: tf.Variable;

  constructor(args: ConvArgs, transposed: boolean) {
    super(args);
    const where = this.name;
    this.transposed = transposed;
    this.filters = positiveInteger(`${where}.filters`, args.filters);
    this.kernelSize = pair(args.kernelSize);
    this.strides = pair(args.strides ?? 1);
    this.dilation = pair(args.dilation ?? 1);
    for (const [name, size] of Object.entries({
      kernelSize: this.kernelSize,
      strides: this.strides,
      dilation: this.dilation,
    })) {
      for (const value of size) positiveInteger(`${where}.${name}`, value);
    }
    this.groups = positiveInteger(`${where}.groups`, args.groups ?? 1);
    this.padding = args.padding ?? 0;
    if (!(Number.isInteger(this.padding) && this.padding >= 0)) {
      throw new RangeError(`${where}.padding: expected a whole number of cells, got ${args.padding}`);
    }
    if (this.filters % this.groups !== 0) {
      throw new RangeError(
        `${where}.groups: expected a divisor of ${this.filters} filters, got ${this.groups}`,
      );
    }
    if (transposed && this.groups > 1) {
      throw new RangeError(`${where}.groups: expected 1 for a transposed convolution, got ${this.groups}`);
    }
    this.useBias = args.useBias ?? true;
    this.initialDeviation = args.initialDeviation;
  }

  protected get geometry(): WindowGeometry {
    return { strides: this.strides, padding: symmetricPadding(this.padding) };
  }

  /** Cells a window covers, gaps included. */
  private get coveredSize(): Size {
    return [(this.kernelSize[0] - 1) * this.dilation[0] + 1, (this.kernelSize[1] - 1) * this.dilation[1] + 1];
  }

  protected kindFor(inputChannels: number): ConvKind {
    if (this.transposed) return "transpose";
    return this.groups === inputChannels && this.filters === inputChannels && this.groups > 1
      ? "depthwise"
      : "conv";
  }

  /** `[in, out]` of one kernel, in the order its operation wants them. */
  protected kernelChannels(inputChannels: number): readonly [number, number] {
    if (this.transposed) return [this.filters, inputChannels];
    if (this.kindFor(inputChannels) === "depthwise") return [inputChannels, 1];
    return [inputChannels / this.groups, this.filters];
  }

  /** Standard deviation of the first kernel; by default He's, from the values one gradient is summed from ("fan out"). */
  protected get kernelDeviation(): number {
    const [height, width] = this.kernelSize;
    return this.initialDeviation ?? heDeviation((height * width * this.filters) / this.groups);
  }

  /** Input channels of `inputShape`, if the layer can take them. */
  protected inputChannels(inputShape: Shape): number {
    const channels = inputShape[3];
    if (inputShape.length !== 4 || typeof channels !== "number") {
      throw new TypeError(`${this.name}: expected an input [B, H, W, C], got [${inputShape}]`);
    }
    if (channels % this.groups !== 0) {
      throw new RangeError(
        `${this.name}.groups: expected a divisor of ${channels} channels, got ${this.groups}`,
      );
    }
    return channels;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = inputShape as Shape;
    const [batch = null, height, width] = shape;
    this.inputChannels(shape);
    // A height or width that is not known yet (null) stays unknown.
    const size: Size = [height ?? Number.NaN, width ?? Number.NaN];
    const output = this.transposed
      ? convTransposeOutputSize(size, this.coveredSize, this.geometry)
      : convOutputSize(size, this.coveredSize, this.geometry);
    const known = output.map((cells) => (Number.isNaN(cells) ? null : cells)) as [number, number];
    if (known.some((cells) => cells !== null && cells < 1)) {
      throw new RangeError(
        `${this.name}: expected an input of at least ${this.coveredSize} cells, got ${size}`,
      );
    }
    return [batch, ...known, this.filters];
  }

  /**
   * Takes in a batch normalisation that follows: output channel c becomes scale[c] · y + shift[c]. For inference: the
   * layer's weights are changed for good.
   *
   * @param scale `[C]`
   * @param shift `[C]`; both stay the caller's.
   */
  fold(scale: tf.Tensor, shift: tf.Tensor): void {
    tf.tidy(() => this.scaleOutputs(scale));
    this.shift?.dispose();
    this.shift = tf.variable(shift, false);
  }

  /** Multiplies all that makes output channel c by `scale[c]`. */
  protected abstract scaleOutputs(scale: tf.Tensor): void;

  /** `scale` as it multiplies a kernel: output channels are its last axis, or the one before where that is for inputs. */
  protected kernelScale(scale: tf.Tensor, kind: ConvKind): tf.Tensor {
    return kind === "conv" ? scale : tf.reshape(scale, [-1, 1]);
  }

  /** With a folded batch normalisation's shift added, if there is one. */
  protected shifted(y: tf.Tensor): tf.Tensor {
    return this.shift ? addBias(y, this.shift) : y;
  }

  /** State beside the weights that the output depends on. */
  get state(): readonly tf.Variable[] {
    return this.shift ? [this.shift] : [];
  }

  override dispose(): ReturnType<SeededLayer["dispose"]> {
    const result = super.dispose();
    if (result.refCountAfterDispose === 0) tf.dispose([...this.state]);
    return result;
  }

  /** Multiply-adds of the convolution itself for one image; 0 while the image's size is unknown. */
  protected convMultiplyAdds(inputShape: Shape): number {
    const [, height, width] = this.transposed ? inputShape : this.computeOutputShape(inputShape);
    const [kernelHeight, kernelWidth] = this.kernelSize;
    const weights =
      (kernelHeight * kernelWidth * this.inputChannels(inputShape) * this.filters) / this.groups;
    return (height ?? 0) * (width ?? 0) * weights;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      filters: this.filters,
      kernelSize: [...this.kernelSize],
      strides: [...this.strides],
      padding: this.padding,
      dilation: [...this.dilation],
      groups: this.groups,
      useBias: this.useBias,
      ...(this.initialDeviation === undefined ? {} : { initialDeviation: this.initialDeviation }),
    };
  }
}

/**
 * Applies a convolution to each group of channels by itself.
 *
 * @param groups Number of groups; with one, the convolution is applied as it is.
 * @param x `[B, H, W, C]`
 * @param kernel `[..., Cout]`, split along its last axis.
 */
export function inGroups(
  groups: number,
  x: tf.Tensor,
  kernel: tf.Tensor,
  convolve: (x: tf.Tensor, kernel: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  if (groups === 1) return convolve(x, kernel);
  const kernels = tf.split(kernel, groups, kernel.rank - 1);
  const parts = tf.split(x, groups, 3);
  return tf.concat(
    parts.map((part, i) => convolve(part, kernels[i] as tf.Tensor)),
    3,
  );
}

/** A convolution with one kernel for every image: k×k, 1×1, depthwise or grouped, padded as in PyTorch. */
abstract class StaticConv extends ConvLayer {
  private kernel?: LayerVariable;
  private bias?: LayerVariable;
  private kind: ConvKind = "conv";

  override build(inputShape: Shape | Shape[]): void {
    const channels = this.inputChannels(inputShape as Shape);
    this.kind = this.kindFor(channels);
    const shape = [...this.kernelSize, ...this.kernelChannels(channels)];
    this.kernel = this.normalWeight("kernel", shape, this.kernelDeviation);
    if (this.useBias) this.bias = this.zeroWeight("bias", [this.filters]);
    this.multiplyAdds = this.convMultiplyAdds(inputShape as Shape);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
      const kernel = dilateKernel((this.kernel as LayerVariable).read(), this.dilation);
      const groups = this.kind === "conv" ? this.groups : 1;
      const y = inGroups(groups, x, kernel, (part, weights) =>
        CONVOLUTIONS[this.kind].forward(part, weights, this.geometry),
      );
      return this.shifted(this.bias ? addBias(y, this.bias.read()) : y);
    });
  }

  protected override scaleOutputs(scale: tf.Tensor): void {
    const kernel = this.kernel as LayerVariable;
    kernel.write(tf.mul(kernel.read(), this.kernelScale(scale, this.kind)));
    this.bias?.write(tf.mul(this.bias.read(), scale));
  }
}

export class Conv2D extends StaticConv {
  static readonly className = "DyposeConv2D";
  constructor(args: ConvArgs) {
    super(args, false);
  }
}

/** Transposed convolution ("deconvolution"): 4×4 with stride 2 and padding 1 doubles an image. */
export class Conv2DTranspose extends StaticConv {
  static readonly className = "DyposeConv2DTranspose";
  constructor(args: ConvArgs) {
    super(args, true);
  }
}
