import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { Dense, Dropout } from "../nn/layers/index.ts";
import type { ConvStyle } from "./conv-style.ts";

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
  const kept = new Dropout({ name: "dropout", rate: dropout, seed: seed ?? 0 }).apply(embedding);
  const args = { name: "classes", units: numClasses, initialDeviation: INITIAL_DEVIATION, seed };
  return new Dense(args).apply(kept) as SymbolicTensor;
}
