import type { EvalParams } from "../params.ts";
import { dropBackground, dropPersons, mendKeypoints, rescore } from "./corrections.ts";
import { EVERY_AREA, type JudgedCell, missedPersons } from "./judged-pairs.ts";
import { KEYPOINT_ERRORS, type KeypointError } from "./keypoint-errors.ts";
import { type PrecisionScores, precisionScores } from "./precision-scores.ts";
import { ignoredPersons, type ScoredCell } from "./scored-cells.ts";

/**
 * What can be wrong with a set of detections, in the order of correction.
 *
 * - the four keypoint errors;
 * - `scoring`: detections ranked otherwise than by how good they are, duplicates ranked high;
 * - `background`: detections that are of no person (OKS below 0.1 with every one);
 * - `missed person`: persons that no detection is of.
 *
 * Source: Ruggero Ronchi & Perona, ICCV 2017, section 3.
 */
export const ERROR_TYPES = [...KEYPOINT_ERRORS, "scoring", "background", "missed person"] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

/** AP over persons of any area. */
export interface ErrorCost {
  readonly type: ErrorType;
  /** AP with this error alone corrected. */
  readonly alone: PrecisionScores;
  /** AP with this one and all before it corrected. */
  readonly together: PrecisionScores;
}

export interface ErrorCosts {
  readonly uncorrected: PrecisionScores;
  /** In the order of {@link ERROR_TYPES}. */
  readonly costs: readonly ErrorCost[];
}

/** What each type of error costs: the AP there would be without it. */
export function errorCosts(judged: readonly JudgedCell[], params: EvalParams): ErrorCosts {
  const score = (errors: ReadonlySet<ErrorType>): PrecisionScores =>
    precisionScores(
      judged.map((cell) => correctCell(cell, errors, params.sigmas)),
      params,
    );
  return {
    uncorrected: score(new Set()),
    costs: ERROR_TYPES.map((type, index) => ({
      type,
      alone: score(new Set([type])),
      together: score(new Set(ERROR_TYPES.slice(0, index + 1))),
    })),
  };
}

function correctCell(
  judged: JudgedCell,
  errors: ReadonlySet<ErrorType>,
  sigmas: readonly number[],
): ScoredCell {
  let cell = mendKeypoints(judged, errors as ReadonlySet<KeypointError>, sigmas);
  if (errors.has("scoring")) {
    const ignored = ignoredPersons(cell, EVERY_AREA);
    cell = rescore(cell, (person) => ignored[person] === 0);
  }
  if (errors.has("background")) cell = dropBackground(cell);
  if (errors.has("missed person")) cell = dropPersons(cell, new Set(missedPersons(cell)));
  return cell;
}
