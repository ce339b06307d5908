import type { AttentionKind } from "../nn/layers/index.ts";

/**
 * Which convolutions of a dynamic part are dynamic: every one, the depthwise, the 1×1, or the last of each block. The
 * stem, what follows the last block and the layers that make heatmaps or class scores are static in any case.
 */
export const DYNAMIC_LAYERS = ["all", "depthwise", "pointwise", "last"] as const;
export type DynamicLayers = (typeof DYNAMIC_LAYERS)[number];

/** How the layers of one part of a network are made. */
export interface ConvStyle {
  readonly dynamic: DynamicLayers | "none";
  /** K, the kernels a dynamic convolution mixes. */
  readonly kernels: number;
  /** r, by which the attention narrows the channels; 0 for a single layer. */
  readonly reduction: number;
  readonly attention: AttentionKind;
  readonly temperature: number;
  /** Of the first weights; null for zeros. */
  readonly seed: number | null;
  /** Squeeze-and-excitation in every block, or in none; absent: where the network has it. */
  readonly squeezeExcite?: boolean | undefined;
  /** Batch normalisation's momentum and epsilon. @default PyTorch's, 0.1 and 1e-5 */
  readonly norm?: { readonly momentum: number; readonly epsilon: number };
}

export type Activation = "relu" | "relu6" | "hardswish" | "none";

export interface ConvBlock {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides?: number;
  readonly groups?: number;
  readonly activation: Activation;
  /** The last convolution of its block. */
  readonly isLast?: boolean;
}

/** The same style without dynamic convolutions. */
export const asStatic = (style: ConvStyle): ConvStyle => ({ ...style, dynamic: "none" });

/** Whether a convolution of this style is dynamic. */
export function isDynamic(block: Omit<ConvBlock, "activation">, { dynamic }: ConvStyle): boolean {
  switch (dynamic) {
    case "none":
      return false;
    case "all":
      return true;
    case "depthwise":
      return (block.groups ?? 1) > 1;
    case "pointwise":
      return block.kernelSize === 1;
    case "last":
      return block.isLast ?? false;
  }
}
