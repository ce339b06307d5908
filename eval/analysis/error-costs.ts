import { objectKeypointSimilarity, oksVariances } from "../oks.ts";
import type { EvalParams } from "../params.ts";
import {
  correctKeypoints,
  type DiagnosedCell,
  EVERY_AREA,
  KEYPOINT_ERRORS,
  type KeypointError,
  missedPersons,
  SAME_PERSON_OKS,
} from "./keypoint-errors.ts";
import { ignoredPersons, type ScoredCell } from "./outcomes.ts";
import { type PrecisionScores, precisionScores } from "./weighted-ap.ts";

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
export function errorCosts(diagnosed: readonly DiagnosedCell[], params: EvalParams): ErrorCosts {
  const score = (errors: ReadonlySet<ErrorType>): PrecisionScores =>
    precisionScores(
      diagnosed.map((cell) => correctCell(cell, errors, params.sigmas)),
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
  diagnosed: DiagnosedCell,
  errors: ReadonlySet<ErrorType>,
  sigmas: readonly number[],
): ScoredCell {
  let cell = mendKeypoints(diagnosed, errors as ReadonlySet<KeypointError>, sigmas);
  if (errors.has("scoring")) {
    const ignored = ignoredPersons(cell, EVERY_AREA);
    cell = rescore(cell, (person) => ignored[person] === 0);
  }
  if (errors.has("background")) cell = dropBackground(cell);
  if (errors.has("missed person")) cell = dropPersons(cell, new Set(missedPersons(cell)));
  return cell;
}

/** Mends the named keypoint errors of every matched detection; what needed no mending is passed on as it is. */
export function mendKeypoints(
  { cell, pairs }: DiagnosedCell,
  errors: ReadonlySet<KeypointError>,
  sigmas: readonly number[],
): ScoredCell {
  const variances = oksVariances(sigmas);
  const oks = cell.oks.slice();
  const detections = cell.detections.map((detection, d) => {
    const pair = pairs[d];
    if (!pair?.keypoints.some(({ diagnosis }) => errors.has(diagnosis as KeypointError))) return detection;
    const keypoints = correctKeypoints(pair.person, detection, pair.keypoints, errors, sigmas);
    cell.persons.forEach((person, g) => {
      oks[d * cell.persons.length + g] = objectKeypointSimilarity(person, keypoints, variances, person.area);
    });
    return { ...detection, keypoints };
  });
  return { ...cell, detections, oks };
}

/**
 * Gives every detection the score that ranks it best: its OKS with the person that is left to it when the most alike
 * pairs are taken first, and 0 where none is left.
 *
 * Source: after Ruggero Ronchi & Perona, ICCV 2017, section 3.2 (they assign by the largest sum of OKS).
 *
 * @param isRegular Whether a person counts.
 */
export function rescore(cell: ScoredCell, isRegular: (person: number) => boolean): ScoredCell {
  const { detections, persons, oks } = cell;
  const pairs = Array.from(oks, (similarity, index) => ({
    similarity,
    d: Math.floor(index / persons.length),
    g: index % persons.length,
  }))
    .filter(({ g }) => isRegular(g))
    .sort((a, b) => b.similarity - a.similarity);
  const scores = new Map<number, number>();
  const taken = new Set<number>();
  for (const { similarity, d, g } of pairs) {
    if (scores.has(d) || taken.has(g)) continue;
    scores.set(d, similarity);
    taken.add(g);
  }
  const order = detections.map((_, d) => d).sort((a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0));
  const rescored = pickDetections(cell, order);
  return {
    ...rescored,
    detections: rescored.detections.map((detection, index) => ({
      ...detection,
      score: scores.get(order[index] as number) ?? 0,
    })),
  };
}

/** Without the detections that are of no person at all. */
export function dropBackground(cell: ScoredCell): ScoredCell {
  return pickDetections(
    cell,
    cell.detections.map((_, d) => d).filter((d) => nearestPerson(cell, d).oks >= SAME_PERSON_OKS),
  );
}

/** The person most like a detection. */
export function nearestPerson(
  { oks, persons }: ScoredCell,
  detection: number,
): { index: number; oks: number } {
  let best = { index: -1, oks: 0 };
  for (let g = 0; g < persons.length; g++) {
    const similarity = oks[detection * persons.length + g] as number;
    if (similarity > best.oks) best = { index: g, oks: similarity };
  }
  return best;
}

/** The named detections of a cell, in the given order. */
export function pickDetections(cell: ScoredCell, order: readonly number[]): ScoredCell {
  const width = cell.persons.length;
  const oks = new Float64Array(order.length * width);
  order.forEach((d, row) => {
    oks.set(cell.oks.subarray(d * width, (d + 1) * width), row * width);
  });
  return {
    ...cell,
    detections: order.map((d) => cell.detections[d] as (typeof cell.detections)[number]),
    areas: order.map((d) => cell.areas[d] as number),
    oks,
  };
}

/** Without the persons that no detection is of. */
export function dropPersons(cell: ScoredCell, dropped: ReadonlySet<unknown>): ScoredCell {
  const kept = cell.persons.flatMap((person, g) => (dropped.has(person) ? [] : [g]));
  const width = cell.persons.length;
  return {
    ...cell,
    persons: kept.map((g) => cell.persons[g] as (typeof cell.persons)[number]),
    oks: Float64Array.from(
      cell.detections.flatMap((_, d) => kept.map((g) => cell.oks[d * width + g] as number)),
    ),
  };
}
