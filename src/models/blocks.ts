import { layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import {
  type AttentionKind,
  BatchNorm,
  Conv2D,
  Conv2DTranspose,
  DynamicConv2D,
  DynamicConv2DTranspose,
  Rectifier,
} from "../nn/layers/index.ts";

/** How the convolutions of one part of a network are made. */
export interface ConvStyle {
  /** Dynamic convolutions, or plain ones. */
  readonly dynamic: boolean;
  /** K, the kernels a dynamic convolution mixes. */
  readonly kernels: number;
  /** r, by which the attention narrows the channels. */
  readonly reduction: number;
  readonly attention: AttentionKind;
  readonly temperature: number;
  /** Of the first weights; null for zeros. */
  readonly seed: number | null;
}

export type Activation = "relu" | "relu6" | "none";

export interface ConvBlock {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides?: number;
  readonly groups?: number;
  readonly activation: Activation;
}

/** Channels of a symbolic `[B, H, W, C]`. */
export const channelsOf = (x: SymbolicTensor): number => x.shape[3] as number;

const dynamicArgs = ({ kernels, reduction, attention, temperature }: ConvStyle) => ({
  kernels,
  reduction,
  attention,
  temperature,
});

function normalised(x: SymbolicTensor, name: string, activation: Activation): SymbolicTensor {
  const y = new BatchNorm({ name: `${name}_norm` }).apply(x) as SymbolicTensor;
  return rectified(y, name, activation);
}

/** Applies an activation as a layer of its own, which a summary shows. */
export function rectified(x: SymbolicTensor, name: string, activation: Activation): SymbolicTensor {
  if (activation === "none") return x;
  const cap = activation === "relu6" ? { cap: 6 as const } : {};
  return new Rectifier({ name: `${name}_${activation}`, ...cap }).apply(x) as SymbolicTensor;
}

/**
 * Convolution, batch normalisation, activation. The convolution has no bias (the normalisation would take it out again)
 * and pads so that stride 1 keeps the size.
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
  const conv = style.dynamic ? new DynamicConv2D({ ...args, ...dynamicArgs(style) }) : new Conv2D(args);
  return normalised(conv.apply(x) as SymbolicTensor, name, block.activation);
}

/** 4×4 transposed convolution that doubles the image, batch normalisation, ReLU. */
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
  const deconv = style.dynamic
    ? new DynamicConv2DTranspose({ ...args, ...dynamicArgs(style) })
    : new Conv2DTranspose(args);
  return normalised(deconv.apply(x) as SymbolicTensor, name, "relu");
}

/** The sum of a residual branch and what goes past it. */
export function residual(x: SymbolicTensor, branch: SymbolicTensor, name: string): SymbolicTensor {
  return layers.add({ name: `${name}_add` }).apply([x, branch]) as SymbolicTensor;
}
