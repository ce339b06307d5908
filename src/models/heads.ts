/** What networks answer with: heatmaps of keypoints, or class scores. */
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { Conv2D, Dense, Dropout, Upsample } from "../nn/layers/index.ts";
import { applied, type ConvStyle, channelsOf, deconvBlock, invertedResidual } from "./blocks.ts";

/** Three ×2 steps take a backbone's stride 32 to the heatmaps' 4. */
const DECONV_FILTERS = [256, 256, 256] as const;

/** Channels and number of bottlenecks after each ×2 step. Source: Chen et al., CVPR 2020, section 5.3, type B. */
const BOTTLENECK_STAGES = [
  [256, 2],
  [128, 1],
  [128, 1],
] as const;

const BOTTLENECK_EXPANSION = 2;
const BOTTLENECK = { strides: 1, kernelSize: 5, activation: "relu6" } as const;

/** Small, so that the first heatmaps are near zero, as their targets are nearly everywhere. */
function heatmaps(x: SymbolicTensor, keypoints: number, style: ConvStyle): SymbolicTensor {
  const args = {
    name: "heatmaps",
    filters: keypoints,
    kernelSize: 1,
    initialDeviation: 0.001,
    seed: style.seed,
  };
  return applied(new Conv2D(args), x);
}

/**
 * Three transposed convolutions of 256 channels, and a 1×1.
 *
 * Source: Xiao et al., ECCV 2018 (arXiv 1804.06208).
 */
export function deconvHead(x: SymbolicTensor, keypoints: number, style: ConvStyle): SymbolicTensor {
  DECONV_FILTERS.forEach((filters, step) => {
    x = deconvBlock(x, `head${step + 1}`, filters, style);
  });
  return heatmaps(x, keypoints, style);
}

/**
 * Three times bilinear ×2 and inverted residuals with 5×5 depthwise convolutions, and a 1×1.
 *
 * Source: Chen et al., CVPR 2020 (arXiv 1912.03458), section 5.3.
 */
export function bottleneckHead(x: SymbolicTensor, keypoints: number, style: ConvStyle): SymbolicTensor {
  BOTTLENECK_STAGES.forEach(([filters, blocks], step) => {
    x = applied(new Upsample({ name: `head${step + 1}_upsample` }), x);
    for (let block = 0; block < blocks; block++) {
      x = invertedResidual(
        x,
        `head${step + 1}_block${block + 1}`,
        { ...BOTTLENECK, filters, hidden: channelsOf(x) * BOTTLENECK_EXPANSION },
        style,
      );
    }
  });
  return heatmaps(x, keypoints, style);
}

/** So small that the first scores are near even. */
const INITIAL_DEVIATION = 0.01;

/**
 * Class scores from one vector an image; the softmax is the loss's.
 *
 * @param embedding `[B, C]`
 * @param dropout Share of the vector that is dropped in training.
 * @returns `[B, numClasses]`
 */
export function classScores(
  embedding: SymbolicTensor,
  numClasses: number,
  dropout: number,
  { seed }: ConvStyle,
): SymbolicTensor {
  const kept = applied(new Dropout({ name: "dropout", rate: dropout, seed: seed ?? 0 }), embedding);
  const args = { name: "classes", units: numClasses, initialDeviation: INITIAL_DEVIATION, seed };
  return applied(new Dense(args), kept);
}
