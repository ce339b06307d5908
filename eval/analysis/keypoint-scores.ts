import { ignoredPersons } from "../cells.ts";
import type { TruthAnnotation } from "../keypoint-data.ts";
import { FALSE_POSITIVE, IGNORED, TRUE_POSITIVE } from "../match.ts";
import type { EvalParams } from "../params.ts";
import type { Skeleton } from "../skeletons/skeleton.ts";
import type { DiagnosedCell, DiagnosedKeypoint, DiagnosedPair } from "./keypoint-errors.ts";
import { EVERY_AREA, rankOutcomes } from "./outcomes.ts";
import { type PrecisionScores, summarisePrecision } from "./weighted-ap.ts";

/** Distances, as shares of the longer side of the person's box, within which a keypoint is correct (PCK). */
export const PCK_DISTANCES = [0.05, 0.1] as const;

/** How well one keypoint is found; shares and means are over its labels on persons that were found (OKS 0.1). */
export interface KeypointScores {
  readonly name: string;
  readonly numLabelled: number;
  /** AP where this keypoint alone decides whether a detection is right; persons without it are ignored. */
  readonly precision: PrecisionScores;
  /** Mean similarity to the label: its part of OKS. */
  readonly similarity: number;
  /** Share within each of {@link PCK_DISTANCES}. */
  readonly pck: readonly number[];
  readonly diagnoses: Readonly<Record<Exclude<DiagnosedKeypoint["diagnosis"], "unlabelled">, number>>;
}

export function keypointScores(
  diagnosed: readonly DiagnosedCell[],
  params: EvalParams,
  skeleton: Skeleton,
): KeypointScores[] {
  const pairs = diagnosed.flatMap((cell) => cell.pairs.filter((pair) => pair !== undefined));
  return skeleton.keypoints.map((name, keypoint) => {
    const labelled = pairs.filter((pair) => pair.keypoints[keypoint]?.diagnosis !== "unlabelled");
    const mean = (measure: (pair: DiagnosedPair) => number): number =>
      labelled.reduce((sum, pair) => sum + measure(pair), 0) / labelled.length;
    const diagnoses = { good: 0, jitter: 0, inversion: 0, swap: 0, miss: 0 };
    for (const pair of labelled) {
      const diagnosis = pair.keypoints[keypoint]?.diagnosis;
      if (diagnosis && diagnosis !== "unlabelled") diagnoses[diagnosis]++;
    }
    return {
      name,
      numLabelled: labelled.length,
      precision: precisionAt(keypoint, diagnosed, params),
      similarity: mean((pair) => pair.keypoints[keypoint]?.similarity ?? 0),
      pck: PCK_DISTANCES.map((limit) => mean((pair) => Number(relativeDistance(pair, keypoint) <= limit))),
      diagnoses,
    };
  });
}

/**
 * Detections stay paired with the same persons: a detection is correct where this one keypoint is near enough to its
 * label, and does not count where its person lacks the label; a detection of nobody is wrong for every keypoint.
 */
function precisionAt(
  keypoint: number,
  diagnosed: readonly DiagnosedCell[],
  params: EvalParams,
): PrecisionScores {
  const cellOf = new Map(diagnosed.map((inCell) => [inCell.cell, inCell]));
  const outcomes = rankOutcomes([...cellOf.keys()], params, (cell) => {
    const { pairs, onIgnored } = cellOf.get(cell) as DiagnosedCell;
    const ignored = ignoredPersons(cell.persons, EVERY_AREA);
    const isLabelled = ({ keypoints }: TruthAnnotation) => (keypoints[3 * keypoint + 2] ?? 0) > 0;
    return {
      numPersons: cell.persons.filter((person, index) => ignored[index] === 0 && isLabelled(person)).length,
      outcomeOf(detection, threshold) {
        const diagnosed = pairs[detection]?.keypoints[keypoint];
        if (!diagnosed) return onIgnored[detection] ? IGNORED : FALSE_POSITIVE;
        if (diagnosed.diagnosis === "unlabelled") return IGNORED;
        return diagnosed.similarity >= (params.oksThresholds[threshold] as number)
          ? TRUE_POSITIVE
          : FALSE_POSITIVE;
      },
    };
  });
  return summarisePrecision(outcomes, params);
}

function relativeDistance({ person, detection }: DiagnosedPair, keypoint: number): number {
  const [x, y] = [3 * keypoint, 3 * keypoint + 1];
  const distance = Math.hypot(
    (detection.keypoints[x] ?? Number.NaN) - (person.keypoints[x] ?? Number.NaN),
    (detection.keypoints[y] ?? Number.NaN) - (person.keypoints[y] ?? Number.NaN),
  );
  return distance / Math.max(person.box[2], person.box[3]);
}
