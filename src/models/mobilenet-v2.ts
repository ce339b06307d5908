import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { GlobalAveragePool } from "../nn/layers/index.ts";
import {
  applied,
  asStatic,
  type Backbone,
  type ConvStyle,
  channelsOf,
  convBlock,
  invertedResidual,
  roundChannels,
} from "./blocks.ts";

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

/** Channels of the last 1×1 convolution, which narrow networks keep. */
const LAST_CHANNELS = 1280;

/**
 * MobileNetV2, with torchvision's padding. The stem stays static (it sees three channels, too few for attention to say
 * anything), and so does the last 1×1 convolution.
 *
 * Source: Sandler et al., CVPR 2018 (arXiv 1801.04381).
 */
export const mobileNetV2 = (width: number): Backbone => ({
  features(image, style) {
    const filters = roundChannels(32 * width);
    const stem = { filters, kernelSize: 3, strides: 2, activation: "relu6" } as const;
    return STAGES.reduce(
      (x, _, stage) => stageBlocks(x, stage, width, style),
      convBlock(image, "stem", stem, asStatic(style)),
    );
  },
  embed(features, style) {
    const filters = roundChannels(LAST_CHANNELS * Math.max(width, 1));
    const last = { filters, kernelSize: 1, activation: "relu6" } as const;
    const x = convBlock(features, "last", last, asStatic(style));
    return applied(new GlobalAveragePool({ name: "pool" }), x);
  },
  dropout: 0.2,
});

function stageBlocks(x: SymbolicTensor, stage: number, width: number, style: ConvStyle): SymbolicTensor {
  const [expansion, channels, blocks, firstStrides] = STAGES[stage] as (typeof STAGES)[number];
  const common = { filters: roundChannels(channels * width), kernelSize: 3, activation: "relu6" } as const;
  for (let block = 0; block < blocks; block++) {
    const strides = block === 0 ? firstStrides : 1;
    const hidden = channelsOf(x) * expansion;
    x = invertedResidual(x, `stage${stage + 1}_block${block + 1}`, { ...common, hidden, strides }, style);
  }
  return x;
}
