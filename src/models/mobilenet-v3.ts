import { Dense, GlobalAveragePool } from "../nn/layers/index.ts";
import {
  activated,
  applied,
  asStatic,
  type Backbone,
  type ConvStyle,
  convBlock,
  invertedResidual,
} from "./blocks.ts";

/** Kernel size, hidden channels, channels, squeeze-and-excitation, activation, stride. Source: Howard et al., table 2. */
const STAGES = [
  [[3, 16, 16, true, "relu", 2]],
  [
    [3, 72, 24, false, "relu", 2],
    [3, 88, 24, false, "relu", 1],
  ],
  [
    [5, 96, 40, true, "hardswish", 2],
    [5, 240, 40, true, "hardswish", 1],
    [5, 240, 40, true, "hardswish", 1],
  ],
  [
    [5, 120, 48, true, "hardswish", 1],
    [5, 144, 48, true, "hardswish", 1],
  ],
  [
    [5, 288, 96, true, "hardswish", 2],
    [5, 576, 96, true, "hardswish", 1],
    [5, 576, 96, true, "hardswish", 1],
  ],
] as const;

const LAST_CHANNELS = 576;

/** Of the classifier's hidden layer: 1280 in the paper's first arXiv version, 1024 since. */
const HIDDEN_CHANNELS = 1024;

/** Batch normalisation as torchvision has it in this network. */
const withNorm = (style: ConvStyle): ConvStyle => ({ ...style, norm: { momentum: 0.01, epsilon: 1e-3 } });

/**
 * MobileNetV3-Small as torchvision has it: 2.54 M parameters and 56.5 M multiply-adds at 224×224. Stem and last 1×1
 * convolution stay static.
 *
 * Source: Howard et al., ICCV 2019 (arXiv 1905.02244).
 */
export const mobileNetV3Small: Backbone = {
  features(image, style) {
    const stem = { filters: 16, kernelSize: 3, strides: 2, activation: "hardswish" } as const;
    let x = convBlock(image, "stem", stem, asStatic(withNorm(style)));
    STAGES.forEach((blocks, stage) => {
      blocks.forEach(([kernelSize, hidden, filters, squeeze, activation, strides], block) => {
        const shape = { kernelSize, hidden, filters, squeeze, activation, strides };
        x = invertedResidual(x, `stage${stage + 1}_block${block + 1}`, shape, withNorm(style));
      });
    });
    return x;
  },
  embed(features, style) {
    const last = { filters: LAST_CHANNELS, kernelSize: 1, activation: "hardswish" } as const;
    const x = convBlock(features, "last", last, asStatic(withNorm(style)));
    const pooled = applied(new GlobalAveragePool({ name: "pool" }), x);
    const dense = new Dense({ name: "hidden", units: HIDDEN_CHANNELS, seed: style.seed });
    return activated(applied(dense, pooled), "hidden", "hardswish");
  },
  dropout: 0.2,
};
