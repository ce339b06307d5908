import { layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
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
import { type Activation, type ConvBlock, type ConvStyle, isDynamic } from "./conv-style.ts";

/** Channels of a symbolic `[B, H, W, C]`. */
export const channelsOf = (x: SymbolicTensor): number => x.shape[3] as number;

const dynamicArgs = ({ kernels, reduction, attention, temperature }: ConvStyle) => ({
  kernels,
  reduction,
  attention,
  temperature,
});

/** Batch normalisation and activation, each a layer that a summary shows. */
function normalised(
  x: SymbolicTensor,
  name: string,
  activation: Activation,
  style: ConvStyle,
): SymbolicTensor {
  const y = new BatchNorm({ name: `${name}_norm`, ...style.norm }).apply(x) as SymbolicTensor;
  return activated(y, name, activation);
}

export function activated(x: SymbolicTensor, name: string, activation: Activation): SymbolicTensor {
  if (activation === "none") return x;
  const args = { name: `${name}_${activation}` };
  const layer =
    activation === "hardswish"
      ? new HardSwish(args)
      : new Rectifier({ ...args, ...(activation === "relu6" ? { cap: 6 as const } : {}) });
  return layer.apply(x) as SymbolicTensor;
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
  const conv = isDynamic(block, style)
    ? new DynamicConv2D({ ...args, ...dynamicArgs(style) })
    : new Conv2D(args);
  return normalised(conv.apply(x) as SymbolicTensor, name, block.activation, style);
}

/** 4×4 transposed convolution that doubles the image, batch normalisation, ReLU: a block by itself. */
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
    ? new DynamicConv2DTranspose({ ...args, ...dynamicArgs(style) })
    : new Conv2DTranspose(args);
  return normalised(deconv.apply(x) as SymbolicTensor, name, "relu", style);
}

/** Squeeze-and-excitation with so many hidden channels. */
export function squeezed(
  x: SymbolicTensor,
  name: string,
  hidden: number,
  gate: SqueezeGate,
  { seed }: ConvStyle,
): SymbolicTensor {
  return new SqueezeExcite({ name: `${name}_squeeze`, hidden, gate, seed }).apply(x) as SymbolicTensor;
}

/** The sum of a residual branch and what goes past it. */
export function residual(x: SymbolicTensor, branch: SymbolicTensor, name: string): SymbolicTensor {
  return layers.add({ name: `${name}_add` }).apply([x, branch]) as SymbolicTensor;
}
