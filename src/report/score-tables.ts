import type { KeypointAnalysis } from "../../eval/analysis/analyse-keypoints.ts";
import type { ErrorType } from "../../eval/analysis/error-costs.ts";
import type { PrecisionScores } from "../../eval/analysis/precision-scores.ts";
import type { FalsePositiveKind } from "../../eval/analysis/unmatched.ts";

/** What each kind of error is, in a few words. */
export const ERROR_MEANINGS: Readonly<Record<ErrorType, string>> = {
  miss: "a keypoint near none of the places it could be mistaken for",
  swap: "a keypoint on another person's",
  inversion: "a keypoint on its left or right counterpart",
  jitter: "a keypoint near its place, not on it",
  scoring: "detections ranked otherwise than by how good they are",
  background: "detections where nobody is",
  "missed person": "persons that no detection is near",
};

const FALSE_POSITIVE_MEANINGS: Readonly<Record<FalsePositiveKind, string>> = {
  duplicate: "of a person whom a better scored detection already had",
  "badly placed": "of a person, but too far off to count",
  background: "where nobody is",
};

interface ShownScores {
  readonly mean: number;
  readonly half: number;
  readonly threeQuarters: number;
}

/** -1 at thresholds that are not evaluated. */
function shownScores({ mean, byThreshold }: PrecisionScores, thresholds: readonly number[]): ShownScores {
  const at = (threshold: number): number => byThreshold[thresholds.indexOf(threshold)] ?? -1;
  return { mean, half: at(0.5), threeQuarters: at(0.75) };
}

/** One row a kind of error, in the order of correction. */
export function costRows({ errorCosts, oksThresholds }: KeypointAnalysis) {
  const before = shownScores(errorCosts.uncorrected, oksThresholds);
  return errorCosts.costs.map(({ type, alone, together }) => ({
    type,
    before,
    alone: shownScores(alone, oksThresholds),
    together: shownScores(together, oksThresholds),
  }));
}

export function keypointRows({ keypoints }: KeypointAnalysis) {
  return keypoints.map(({ name, numLabelled, precision, similarity, pck, verdicts }) => ({
    name,
    labelled: String(numLabelled),
    ap: precision.mean,
    similarity,
    pck,
    shares: {
      good: verdicts.good / numLabelled,
      jitter: verdicts.jitter / numLabelled,
      inversion: verdicts.inversion / numLabelled,
      swap: verdicts.swap / numLabelled,
      miss: verdicts.miss / numLabelled,
    },
  }));
}

export function falsePositiveRows({ falsePositives, errorCosts }: KeypointAnalysis) {
  return falsePositives.map(({ kind, count, confident, without }) => ({
    kind,
    count: String(count),
    confident: String(confident),
    before: errorCosts.uncorrected.mean,
    ap: without.mean,
    meaning: FALSE_POSITIVE_MEANINGS[kind],
  }));
}
