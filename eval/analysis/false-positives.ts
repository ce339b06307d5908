import type { KeypointResult, TruthAnnotation } from "../keypoint-data.ts";
import { median } from "../median.ts";
import type { EvalParams } from "../params.ts";
import { SAME_PERSON_OKS } from "./keypoint-errors.ts";
import { matchAt, nearestPerson, type ScoredCell, selectDetections } from "./outcomes.ts";
import { type PrecisionScores, precisionScores } from "./weighted-ap.ts";

/** From this OKS on a detection is correct: COCO's most lenient threshold. */
const CORRECT_OKS = 0.5;

/**
 * Why a detection is a false positive at OKS 0.5:
 *
 * - `duplicate`: near enough to a person, but a detection with a better score had matched it;
 * - `badly placed`: of a person (OKS 0.1 to 0.5), but too far off;
 * - `background`: of no person (OKS below 0.1 with everyone).
 */
export const FALSE_POSITIVE_KINDS = ["duplicate", "badly placed", "background"] as const;
export type FalsePositiveKind = (typeof FALSE_POSITIVE_KINDS)[number];

/** What a detection turned out to be at OKS 0.5; `ignored`: of a crowd or a person without keypoints. */
export type DetectionKind = FalsePositiveKind | "correct" | "ignored";

export interface ClassifiedDetection {
  readonly detection: KeypointResult;
  readonly kind: DetectionKind;
  /** Highest OKS with any person. */
  readonly oks: number;
}

export interface CellDetections {
  readonly cell: ScoredCell;
  readonly detections: readonly ClassifiedDetection[];
  /** Persons without a correct detection. */
  readonly missed: readonly TruthAnnotation[];
}

/** Sorts the detections of each cell into correct ones and kinds of false positives. */
export function classifyDetections(cells: readonly ScoredCell[]): CellDetections[] {
  return cells.map((cell) => {
    const { matches, ignored, missed } = matchAt(cell, CORRECT_OKS);
    const detections = cell.detections.map((detection, d): ClassifiedDetection => {
      const { oks } = nearestPerson(cell, d);
      const match = matches[d] ?? -1;
      if (match >= 0) return { detection, oks, kind: ignored[match] === 1 ? "ignored" : "correct" };
      if (oks >= CORRECT_OKS) return { detection, oks, kind: "duplicate" };
      return { detection, oks, kind: oks >= SAME_PERSON_OKS ? "badly placed" : "background" };
    });
    return { cell, detections, missed };
  });
}

export interface FalsePositives {
  readonly kind: FalsePositiveKind;
  readonly count: number;
  /** Those that outrank half of the correct detections. */
  readonly confident: number;
  /** AP without them. */
  readonly without: PrecisionScores;
}

/** How many false positives of each kind there are, and the AP without them. */
export function falsePositives(cells: readonly CellDetections[], params: EvalParams): FalsePositives[] {
  const all = cells.flatMap(({ detections }) => detections);
  const middle = median(all.filter(({ kind }) => kind === "correct").map(({ detection }) => detection.score));
  return FALSE_POSITIVE_KINDS.map((kind) => {
    const scores = all.filter((detection) => detection.kind === kind).map(({ detection }) => detection.score);
    const without = cells.map(({ cell, detections }) =>
      selectDetections(
        cell,
        detections.flatMap((detection, d) => (detection.kind === kind ? [] : [d])),
      ),
    );
    return {
      kind,
      count: scores.length,
      confident: scores.filter((score) => score >= middle).length,
      without: precisionScores(without, params),
    };
  });
}
