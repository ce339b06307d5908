import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { type ConvStyle, convBlock } from "./blocks.ts";
import { invertedResidual } from "./inverted-residual.ts";

/** Expansion, channels, blocks, stride of the first block; at width 1. Source: Sandler et al., table 2. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** The multiple of 8 nearest to a scaled channel count, but never more than 10% below it. */
export function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

/**
 * MobileNetV2 without its last 1×1 convolution and classifier; stride 32. The stem stays static: it sees three channels,
 * too few for attention to say anything.
 *
 * Source: Sandler et al., CVPR 2018 (arXiv 1801.04381).
 */
export function mobileNetV2(image: SymbolicTensor, width: number, style: ConvStyle): SymbolicTensor {
  const stem = {
    filters: roundChannels(32 * width),
    kernelSize: 3,
    strides: 2,
    activation: "relu6",
  } as const;
  let x = convBlock(image, "stem", stem, { ...style, dynamic: false });
  STAGES.forEach(([expansion, channels, blocks, firstStrides], stage) => {
    const filters = roundChannels(channels * width);
    for (let block = 0; block < blocks; block++) {
      const strides = block === 0 ? firstStrides : 1;
      x = invertedResidual(
        x,
        `stage${stage + 1}_block${block + 1}`,
        { filters, expansion, strides, kernelSize: 3 },
        style,
      );
    }
  });
  return x;
}
