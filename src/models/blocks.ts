import { layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { DynamicOptions } from "../nn/layers/dynamic-options.ts";
import {
  BatchNorm,
  Conv2D,
  Conv2DTranspose,
  DynamicConv2D,
  DynamicConv2DTranspose,
  HardSwish,
  Rectifier,
  SqueezeExcite,
  type SqueezeGate,
} from "../nn/layers/index.ts";
import type { CompleteModelSpec } from "./model-spec.ts";

/** The part of a network that turns an image into features, of which a head makes the answer. */
export interface Backbone {
  /** Images `[B, H, W, 3]` to features `[B, H/32, W/32, C]`, on which the keypoint heads work. */
  features(image: SymbolicTensor, style: ConvStyle): SymbolicTensor;
  /** Features to one vector an image, `[B, C]`, from which class scores are made. */
  embed(features: SymbolicTensor, style: ConvStyle): SymbolicTensor;
  /** Share of that vector that is dropped in training. */
  readonly dropout: number;
}

/** How the layers of one part of a network are made. */
export interface ConvStyle {
  readonly dynamic: CompleteModelSpec["dynamicLayers"] | "none";
  /** How its dynamic convolutions mix their kernels. */
  readonly mixing: DynamicOptions;
  /** Of the first weights; null for zeros. */
  readonly seed: number | null;
  /** Squeeze-and-excitation in every block, or in none; absent: where the network has it. */
  readonly squeezeExcite?: boolean | undefined;
  /** Batch normalisation's momentum and epsilon. @default PyTorch's, 0.1 and 1e-5 */
  readonly norm?: { readonly momentum: number; readonly epsilon: number };
}

type Activation = "relu" | "relu6" | "hardswish" | "none";

interface ConvBlock {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides?: number;
  readonly groups?: number;
  readonly activation: Activation;
  /** The last convolution of its block. */
  readonly isLast?: boolean;
}

/** The same style without dynamic convolutions. */
export const asStatic = (style: ConvStyle): ConvStyle => ({ ...style, dynamic: "none" });

/** Whether a convolution of this style is dynamic. */
function isDynamic(block: Omit<ConvBlock, "activation">, { dynamic }: ConvStyle): boolean {
  switch (dynamic) {
    case "none":
      return false;
    case "all":
      return true;
    case "depthwise":
      return (block.groups ?? 1) > 1;
    case "pointwise":
      return block.kernelSize === 1;
    case "last":
      return block.isLast ?? false;
  }
}

/** The output of a layer for symbolic inputs; it has one. */
export function applied(layer: layers.Layer, inputs: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
  return layer.apply(inputs) as SymbolicTensor;
}

/** Channels of a symbolic `[B, H, W, C]`. */
export const channelsOf = (x: SymbolicTensor): number => x.shape[3] as number;

/** Batch normalisation and activation, each a layer that a summary shows. */
function normalised(
  x: SymbolicTensor,
  name: string,
  activation: Activation,
  style: ConvStyle,
): SymbolicTensor {
  const y = applied(new BatchNorm({ name: `${name}_norm`, ...style.norm }), x);
  return activated(y, name, activation);
}

export function activated(x: SymbolicTensor, name: string, activation: Activation): SymbolicTensor {
  if (activation === "none") return x;
  const args = { name: `${name}_${activation}` };
  const layer =
    activation === "hardswish"
      ? new HardSwish(args)
      : new Rectifier({ ...args, ...(activation === "relu6" ? { cap: 6 as const } : {}) });
  return applied(layer, x);
}

/**
 * Convolution, batch normalisation, activation. The convolution has no bias (the normalisation would subtract it) and
 * pads so that stride 1 keeps the size.
 */
export function convBlock(
  x: SymbolicTensor,
  name: string,
  block: ConvBlock,
  style: ConvStyle,
): SymbolicTensor {
  const args = {
    name: `${name}_conv`,
    filters: block.filters,
    kernelSize: block.kernelSize,
    strides: block.strides ?? 1,
    padding: (block.kernelSize - 1) / 2,
    groups: block.groups ?? 1,
    useBias: false,
    seed: style.seed,
  };
  const conv = isDynamic(block, style) ? new DynamicConv2D({ ...args, ...style.mixing }) : new Conv2D(args);
  return normalised(applied(conv, x), name, block.activation, style);
}

/** 4×4 transposed convolution that doubles the image, batch normalisation, ReLU; the last of its block. */
export function deconvBlock(
  x: SymbolicTensor,
  name: string,
  filters: number,
  style: ConvStyle,
): SymbolicTensor {
  const args = {
    name: `${name}_deconv`,
    filters,
    kernelSize: 4,
    strides: 2,
    padding: 1,
    useBias: false,
    seed: style.seed,
  };
  const deconv = isDynamic({ ...args, isLast: true }, style)
    ? new DynamicConv2DTranspose({ ...args, ...style.mixing })
    : new Conv2DTranspose(args);
  return normalised(applied(deconv, x), name, "relu", style);
}

/** Squeeze-and-excitation with this many hidden channels. */
export function squeezed(
  x: SymbolicTensor,
  name: string,
  hidden: number,
  gate: SqueezeGate,
  { seed }: ConvStyle,
): SymbolicTensor {
  return applied(new SqueezeExcite({ name: `${name}_squeeze`, hidden, gate, seed }), x);
}

/** The sum of a residual branch and its shortcut. */
export function residual(x: SymbolicTensor, branch: SymbolicTensor, name: string): SymbolicTensor {
  return applied(layers.add({ name: `${name}_add` }), [x, branch]);
}

interface InvertedResidual {
  readonly filters: number;
  /** Channels inside the block; where its input has as many, there is no expansion. */
  readonly hidden: number;
  readonly strides: number;
  readonly kernelSize: number;
  readonly activation: Activation;
  /** Squeeze-and-excitation after the depthwise convolution. @default false */
  readonly squeeze?: boolean;
}

const SQUEEZE_REDUCTION = 4;

/**
 * MobileNet's bottleneck: 1×1 up, depthwise, squeeze-and-excitation if any, 1×1 down without activation, and the input
 * added to it if shapes allow.
 *
 * Source: Sandler et al., CVPR 2018 (arXiv 1801.04381), figure 4; Howard et al., ICCV 2019 (arXiv 1905.02244), figure 4.
 */
export function invertedResidual(
  x: SymbolicTensor,
  name: string,
  { filters, hidden, strides, kernelSize, activation, squeeze = false }: InvertedResidual,
  style: ConvStyle,
): SymbolicTensor {
  let y = x;
  if (hidden !== channelsOf(x)) {
    y = convBlock(y, `${name}_expand`, { filters: hidden, kernelSize: 1, activation }, style);
  }
  const depthwise = { filters: hidden, groups: hidden, kernelSize, strides, activation };
  y = convBlock(y, `${name}_depthwise`, depthwise, style);
  if (style.squeezeExcite ?? squeeze) {
    y = squeezed(y, name, roundChannels(hidden / SQUEEZE_REDUCTION), "hard-sigmoid", style);
  }
  const project = { filters, kernelSize: 1, activation: "none", isLast: true } as const;
  y = convBlock(y, `${name}_project`, project, style);
  return strides === 1 && channelsOf(x) === filters ? residual(x, y, name) : y;
}

/** The multiple of 8 nearest to a scaled channel count, but never more than 10% below it. */
export function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
