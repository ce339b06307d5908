import type { EvalParams } from "../params.ts";
import { EVERY_AREA } from "./judged-pairs.ts";
import { collectOutcomes, type Outcomes } from "./outcomes.ts";
import type { ScoredCell } from "./scored-cells.ts";
import { type ImageWeights, meanOfValid, weightedAp } from "./weighted-ap.ts";

/** AP over persons of any area, as a function of how often each evaluated image counts. */
export type WeightedMeanAp = (weights: ImageWeights) => number;

export function weightedMeanAp(
  outcomes: readonly Outcomes[],
  recallThresholds: readonly number[],
): WeightedMeanAp {
  const categories = outcomes.map((category) => weightedAp(category, recallThresholds));
  return (weights) => meanOfValid(categories.flatMap((scores) => Array.from(scores(weights).precision)));
}

export interface ImageCost {
  readonly imageId: number;
  /** AP without this image less AP with it: what it costs, or, negative, what it earns. */
  readonly cost: number;
}

/** Leaves out one image after the other; the costliest come first. Images that hold nothing are not listed. */
export function imageCosts(cells: readonly ScoredCell[], params: EvalParams): ImageCost[] {
  const apOf = weightedMeanAp(collectOutcomes(cells, params, EVERY_AREA), params.recallThresholds);
  return leaveOneOut(cells, params, apOf).sort((a, b) => b.cost - a.cost);
}

/** For each image that holds something, `measure` without it less `measure` with all. */
export function leaveOneOut(
  cells: readonly ScoredCell[],
  { imageIds }: EvalParams,
  measure: (weights: ImageWeights) => number,
): ImageCost[] {
  const weights = new Float64Array(imageIds.length).fill(1);
  const all = measure(weights);
  return [...new Set(cells.map(({ image }) => image))].map((image) => {
    weights[image] = 0;
    const cost = measure(weights) - all;
    weights[image] = 1;
    return { imageId: imageIds[image] as number, cost };
  });
}
