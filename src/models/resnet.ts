import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { GlobalAveragePool, MaxPool } from "../nn/layers/index.ts";
import {
  activated,
  applied,
  asStatic,
  type Backbone,
  type ConvStyle,
  channelsOf,
  convBlock,
  residual,
  squeezed,
} from "./blocks.ts";

const STAGE_CHANNELS = [64, 128, 256, 512] as const;

/** Hu et al.'s for residual networks. */
const SQUEEZE_REDUCTION = 16;

/** Two 3×3 convolutions and a shortcut, which is a 1×1 convolution where the shape changes. */
function basicBlock(
  x: SymbolicTensor,
  name: string,
  filters: number,
  strides: number,
  style: ConvStyle,
): SymbolicTensor {
  const first = { filters, kernelSize: 3, strides, activation: "relu" } as const;
  let y = convBlock(x, `${name}_first`, first, style);
  const second = { filters, kernelSize: 3, activation: "none", isLast: true } as const;
  y = convBlock(y, `${name}_second`, second, style);
  if (style.squeezeExcite) y = squeezed(y, name, filters / SQUEEZE_REDUCTION, "sigmoid", style);
  const shortcut = { filters, kernelSize: 1, strides, activation: "none" } as const;
  const skipped =
    strides !== 1 || channelsOf(x) !== filters ? convBlock(x, `${name}_shortcut`, shortcut, style) : x;
  return activated(residual(skipped, y, name), name, "relu");
}

/**
 * ResNet of basic blocks: two a stage make ResNet-18, one ResNet-10. The stem stays static.
 *
 * Source: He et al., CVPR 2016 (arXiv 1512.03385), table 1.
 */
export const resNet = (blocksPerStage: number): Backbone => ({
  features(image, style) {
    const stem = { filters: 64, kernelSize: 7, strides: 2, activation: "relu" } as const;
    let x = convBlock(image, "stem", stem, asStatic(style));
    x = applied(new MaxPool({ name: "stem_pool", size: 3, strides: 2, padding: 1 }), x);
    STAGE_CHANNELS.forEach((filters, stage) => {
      for (let block = 0; block < blocksPerStage; block++) {
        const strides = stage > 0 && block === 0 ? 2 : 1;
        x = basicBlock(x, `stage${stage + 1}_block${block + 1}`, filters, strides, style);
      }
    });
    return x;
  },
  embed: (features) => applied(new GlobalAveragePool({ name: "pool" }), features),
  dropout: 0,
});
