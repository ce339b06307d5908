import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { channelsOf, convBlock, residual, squeezed } from "./blocks.ts";
import type { Activation, ConvStyle } from "./conv-style.ts";
import { roundChannels } from "./round-channels.ts";

export interface InvertedResidual {
  readonly filters: number;
  /** Channels the block works on; as many as its input's leave the expansion out. */
  readonly hidden: number;
  readonly strides: number;
  readonly kernelSize: number;
  readonly activation: Activation;
  /** Squeeze-and-excitation after the depthwise convolution. @default false */
  readonly squeeze?: boolean;
}

const SQUEEZE_REDUCTION = 4;

/**
 * MobileNet's bottleneck: 1×1 up, depthwise, squeeze-and-excitation if any, 1×1 down without activation, and around it
 * the input if shapes allow.
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
