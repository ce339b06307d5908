import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { MaxPool } from "../nn/layers/index.ts";
import { type ConvStyle, channelsOf, convBlock, rectified, residual } from "./blocks.ts";

const STAGE_CHANNELS = [64, 128, 256, 512] as const;

/** Two 3×3 convolutions; where the shape changes, a 1×1 takes the input along. */
function basicBlock(
  x: SymbolicTensor,
  name: string,
  filters: number,
  strides: number,
  style: ConvStyle,
): SymbolicTensor {
  const first = { filters, kernelSize: 3, strides, activation: "relu" } as const;
  let y = convBlock(x, `${name}_first`, first, style);
  y = convBlock(y, `${name}_second`, { filters, kernelSize: 3, activation: "none" }, style);
  const shortcut = { filters, kernelSize: 1, strides, activation: "none" } as const;
  const past =
    strides !== 1 || channelsOf(x) !== filters ? convBlock(x, `${name}_shortcut`, shortcut, style) : x;
  return rectified(residual(past, y, name), name, "relu");
}

/**
 * ResNet of basic blocks without its classifier; stride 32. Two blocks a stage make ResNet-18, one ResNet-10.
 *
 * Source: He et al., CVPR 2016 (arXiv 1512.03385), table 1.
 */
export function resNet(image: SymbolicTensor, blocksPerStage: number, style: ConvStyle): SymbolicTensor {
  const stem = { filters: 64, kernelSize: 7, strides: 2, activation: "relu" } as const;
  let x = convBlock(image, "stem", stem, { ...style, dynamic: false });
  x = new MaxPool({ name: "stem_pool", size: 3, strides: 2, padding: 1 }).apply(x) as SymbolicTensor;
  STAGE_CHANNELS.forEach((filters, stage) => {
    for (let block = 0; block < blocksPerStage; block++) {
      const strides = stage > 0 && block === 0 ? 2 : 1;
      x = basicBlock(x, `stage${stage + 1}_block${block + 1}`, filters, strides, style);
    }
  });
  return x;
}
