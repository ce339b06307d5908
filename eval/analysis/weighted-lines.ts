import type { EvalParams } from "../params.ts";
import { COCO_LINES, type SummaryLine } from "../summary.ts";
import { collectOutcomes } from "./outcomes.ts";
import type { ScoredCell } from "./scored-cells.ts";
import { type ImageWeights, meanOfValid, type ThresholdScores, weightedAp } from "./weighted-ap.ts";

/** Summary lines, as a function of how often each evaluated image counts; -1 where no person does. */
export type WeightedLines = (weights: ImageWeights) => number[];

/** Matches once for all area ranges; what it returns accumulates anew for every set of weights. */
export function weightedLines(
  cells: readonly ScoredCell[],
  params: EvalParams,
  lines: readonly SummaryLine[] = COCO_LINES,
): WeightedLines {
  const ranges = params.areaRanges.map(({ label, ...bounds }) => ({
    label,
    categories: collectOutcomes(cells, params, { label, ...bounds }).map((outcomes) =>
      weightedAp(outcomes, params.recallThresholds),
    ),
  }));
  return (weights) => {
    const scored = ranges.map(({ label, categories }) => ({
      label,
      scores: categories.map((score) => score(weights)),
    }));
    return lines.map((line) => {
      const inRange = scored.filter(({ label }) => label === line.area).flatMap(({ scores }) => scores);
      return meanOfValid(inRange.flatMap((scores) => valuesOf(scores, line, params.oksThresholds)));
    });
  };
}

function valuesOf(
  scores: ThresholdScores,
  { of, threshold }: SummaryLine,
  thresholds: readonly number[],
): number[] {
  return Array.from(scores[of]).filter(
    (_, index) => threshold === undefined || thresholds[index] === threshold,
  );
}
