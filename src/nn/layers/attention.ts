import * as tf from "@tensorflow/tfjs-core";
import type { LayerVariable } from "@tensorflow/tfjs-layers";
import { fullyConnected } from "../ops/fully-connected.ts";
import { globalAveragePool } from "../ops/pool.ts";
import { relu } from "../ops/relu.ts";

/** How the scores of the K kernels become weights: summing to one (the paper), or each by itself (CondConv). */
export type AttentionKind = "softmax" | "sigmoid";

/** The two fully connected layers of a squeeze-and-excitation block; the hidden one is absent for a single layer. */
export interface AttentionWeights {
  readonly hiddenKernel?: LayerVariable; // [C, C/r]
  readonly hiddenBias?: LayerVariable; // [C/r]
  readonly outputKernel: LayerVariable; // [C/r or C, K]
  readonly outputBias: LayerVariable; // [K]
}

/** Channels between the two layers of the attention. */
export function hiddenChannels(channels: number, reduction: number): number {
  return Math.max(1, Math.floor(channels / reduction));
}

/**
 * How much each of the K kernels counts for each sample.
 *
 * @param x `[B, H, W, C]`
 * @param temperature Scalar that scores are divided by: the higher, the nearer to uniform.
 * @returns `[B, K]`; rows sum to one with "softmax".
 *
 * Source: Chen et al., CVPR 2020 (arXiv 1912.03458), section 3.2 and equation 5.
 */
export function kernelAttention(
  x: tf.Tensor,
  weights: AttentionWeights,
  kind: AttentionKind,
  temperature: tf.Tensor,
): tf.Tensor2D {
  let features = globalAveragePool(x); // [B, C]
  if (weights.hiddenKernel && weights.hiddenBias) {
    const hidden = fullyConnected(features, weights.hiddenKernel.read(), weights.hiddenBias.read());
    features = relu(hidden) as tf.Tensor2D;
  }
  const scores = tf.div(
    fullyConnected(features, weights.outputKernel.read(), weights.outputBias.read()),
    temperature,
  );
  return (kind === "softmax" ? tf.softmax(scores) : tf.sigmoid(scores)) as tf.Tensor2D;
}
