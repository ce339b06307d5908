import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { type ConvStyle, channelsOf, convBlock, residual } from "./blocks.ts";

export interface InvertedResidual {
  readonly filters: number;
  /** The block works on this many times its input's channels; 1 leaves the expansion out. */
  readonly expansion: number;
  readonly strides: number;
  readonly kernelSize: number;
}

/**
 * MobileNetV2's bottleneck: 1×1 up, depthwise, 1×1 down without activation, around it the input if shapes allow.
 *
 * Source: Sandler et al., CVPR 2018 (arXiv 1801.04381), figure 4.
 */
export function invertedResidual(
  x: SymbolicTensor,
  name: string,
  { filters, expansion, strides, kernelSize }: InvertedResidual,
  style: ConvStyle,
): SymbolicTensor {
  const hidden = channelsOf(x) * expansion;
  let y = x;
  if (expansion !== 1) {
    y = convBlock(y, `${name}_expand`, { filters: hidden, kernelSize: 1, activation: "relu6" }, style);
  }
  const depthwise = { filters: hidden, groups: hidden, kernelSize, strides, activation: "relu6" } as const;
  y = convBlock(y, `${name}_depthwise`, depthwise, style);
  y = convBlock(y, `${name}_project`, { filters, kernelSize: 1, activation: "none" }, style);
  return strides === 1 && channelsOf(x) === filters ? residual(x, y, name) : y;
}
