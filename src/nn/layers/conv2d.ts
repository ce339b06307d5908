import * as tf from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { CONVOLUTIONS, type ConvKind, dilateKernel, inGroups } from "../ops/convolution.ts";
import { addBias } from "../ops/elementwise.ts";
import {
  convOutputSize,
  convTransposeOutputSize,
  type Size,
  symmetricPadding,
  type WindowGeometry,
} from "../ops/geometry.ts";
import { heDeviation, imageChannels, positiveInteger, type SeededArgs, SeededLayer } from "./layer.ts";

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

export interface ConvParts {
  readonly kind: ConvKind;
  /** Output channels are its last axis, or the one before where the operation wants the input's there. */
  readonly kernel: LayerVariable;
  /** The last axis is the output channels. */
  readonly bias?: LayerVariable;
}

/** What static and dynamic convolutions have in common: geometry, shapes, configuration, cost and folding. */
export abstract class ConvLayer<Parts extends ConvParts = ConvParts> extends SeededLayer<Parts> {
  readonly filters: number;
  readonly kernelSize: Size;
  readonly strides: Size;
  readonly padding: number;
  readonly dilation: Size;
  readonly groups: number;
  readonly useBias: boolean;
  readonly initialDeviation: number | undefined;
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
    for (const name of ["kernelSize", "strides", "dilation"] as const) {
      for (const value of this[name]) positiveInteger(`${where}.${name}`, value);
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
    const channels = imageChannels(this.name, inputShape);
    if (channels % this.groups !== 0) {
      throw new RangeError(
        `${this.name}.groups: expected a divisor of ${channels} channels, got ${this.groups}`,
      );
    }
    return channels;
  }

  protected override outputShapeFor(inputShape: Shape): Shape {
    const [batch = null, height, width] = inputShape;
    this.inputChannels(inputShape);
    // A height or width that is not known yet (null) stays unknown.
    const size: Size = [height ?? Number.NaN, width ?? Number.NaN];
    const output = this.transposed
      ? convTransposeOutputSize(size, this.coveredSize, this.geometry)
      : convOutputSize(size, this.coveredSize, this.geometry);
    const known = output.map((cells) => (Number.isNaN(cells) ? null : cells));
    if (known.some((cells) => cells !== null && cells < 1)) {
      throw new RangeError(
        `${this.name}: expected an input of at least ${this.coveredSize} cells, got ${size}`,
      );
    }
    return [batch, ...known, this.filters];
  }

  /** Convolves, group by group, with the kernel spread by the dilation. */
  protected convolve(x: tf.Tensor, convolution: (x: tf.Tensor, kernel: tf.Tensor) => tf.Tensor): tf.Tensor {
    const { kind, kernel } = this.parts;
    const groups = kind === "conv" ? this.groups : 1;
    return inGroups(groups, x, dilateKernel(kernel.read(), this.dilation), convolution);
  }

  /**
   * Takes in a batch normalisation that follows: output channel c becomes scale[c] · y + shift[c]. For inference: the
   * layer's weights are changed for good.
   *
   * @param scale `[C]`
   * @param shift `[C]`; both stay the caller's.
   */
  fold(scale: tf.Tensor, shift: tf.Tensor): void {
    const { kind, kernel, bias } = this.parts;
    tf.tidy(() => {
      kernel.write(tf.mul(kernel.read(), kind === "conv" ? scale : tf.reshape(scale, [-1, 1])));
      bias?.write(tf.mul(bias.read(), scale));
    });
    this.shift?.dispose();
    this.shift = tf.variable(shift, false);
  }

  /** With a folded batch normalisation's shift added, if there is one. */
  protected shifted(y: tf.Tensor): tf.Tensor {
    return this.shift ? addBias(y, this.shift) : y;
  }

  override get state(): readonly tf.Variable[] {
    return this.shift ? [this.shift] : [];
  }

  /** Multiply-adds of the convolution itself for one image; 0 while the image's size is unknown. */
  protected convMultiplyAdds(inputShape: Shape): number {
    const [, height, width] = this.transposed ? inputShape : this.outputShapeFor(inputShape);
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

/** A convolution with one kernel for every image: k×k, 1×1, depthwise or grouped, padded as in PyTorch. */
abstract class StaticConv extends ConvLayer {
  protected override make(inputShape: Shape): ConvParts {
    const channels = this.inputChannels(inputShape);
    const shape = [...this.kernelSize, ...this.kernelChannels(channels)];
    this.multiplyAdds = this.convMultiplyAdds(inputShape);
    return {
      kind: this.kindFor(channels),
      kernel: this.normalWeight("kernel", shape, this.kernelDeviation),
      ...(this.useBias && { bias: this.zeroWeight("bias", [this.filters]) }),
    };
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    const { kind, bias } = this.parts;
    const y = this.convolve(x, (part, kernel) => CONVOLUTIONS[kind].forward(part, kernel, this.geometry));
    return this.shifted(bias ? addBias(y, bias.read()) : y);
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
