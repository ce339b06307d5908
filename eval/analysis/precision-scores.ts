import type { EvalParams } from "../params.ts";
import { EVERY_AREA } from "./judged-pairs.ts";
import { collectOutcomes, type Outcomes } from "./outcomes.ts";
import type { ScoredCell } from "./scored-cells.ts";
import { meanOfValid, weightedAp } from "./weighted-ap.ts";

/** AP as the mean over the OKS thresholds, and at each of them; -1 without a person to be found. */
export interface PrecisionScores {
  readonly mean: number;
  readonly byThreshold: readonly number[];
}

/** Of outcomes, one entry a category, with every image once. */
export function summarisePrecision(
  outcomes: readonly Outcomes[],
  { oksThresholds, recallThresholds }: EvalParams,
): PrecisionScores {
  const scored = outcomes.map((category) =>
    weightedAp(category, recallThresholds)(new Uint8Array(category.persons.length).fill(1)),
  );
  const byThreshold = oksThresholds.map((_, threshold) =>
    meanOfValid(scored.map(({ precision }) => precision[threshold] as number)),
  );
  return { mean: meanOfValid(byThreshold), byThreshold };
}

/** Of persons of any area. */
export function precisionScores(cells: readonly ScoredCell[], params: EvalParams): PrecisionScores {
  return summarisePrecision(collectOutcomes(cells, params, EVERY_AREA), params);
}
