import { ignoredPersons } from "../cells.ts";
import type { TruthAnnotation } from "../keypoint-data.ts";
import { objectKeypointSimilarity, oksVariances } from "../oks.ts";
import type { EvalParams } from "../params.ts";
import { correctKeypoints, type DiagnosedCell, KEYPOINT_ERRORS, SAME_PERSON_OKS } from "./keypoint-errors.ts";
import { EVERY_AREA, matchAt, nearestPerson, type ScoredCell, selectDetections } from "./outcomes.ts";
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
const ERROR_TYPES = [...KEYPOINT_ERRORS, "scoring", "background", "missed person"] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

/** AP over persons of any area. */
interface ErrorCost {
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

/** A cell as it would be without the named errors. */
function correctCell(
  diagnosed: DiagnosedCell,
  errors: ReadonlySet<string>,
  sigmas: readonly number[],
): ScoredCell {
  let cell = correctKeypointErrors(diagnosed, errors, sigmas);
  if (errors.has("scoring")) cell = scoreOptimally(cell);
  if (errors.has("background")) cell = dropBackground(cell);
  if (errors.has("missed person")) cell = dropPersons(cell, new Set(matchAt(cell, SAME_PERSON_OKS).missed));
  return cell;
}

/** Corrects the named keypoint errors of every matched detection; detections without them stay as they are. */
function correctKeypointErrors(
  { cell, pairs }: DiagnosedCell,
  errors: ReadonlySet<string>,
  sigmas: readonly number[],
): ScoredCell {
  const variances = oksVariances(sigmas);
  const oks = cell.oks.slice();
  const detections = cell.detections.map((detection, d) => {
    const pair = pairs[d];
    if (!pair?.keypoints.some(({ diagnosis }) => errors.has(diagnosis))) return detection;
    const keypoints = correctKeypoints(pair.person, detection, pair.keypoints, errors, sigmas);
    cell.persons.forEach((person, g) => {
      oks[d * cell.persons.length + g] = objectKeypointSimilarity(person, keypoints, variances, person.area);
    });
    return { ...detection, keypoints };
  });
  return { ...cell, detections, oks };
}

/**
 * Gives every detection its optimal score: its OKS with the person that is left to it when pairs are taken by falling
 * OKS, and 0 where none is left.
 *
 * Source: after Ruggero Ronchi & Perona, ICCV 2017, section 3.2 (they assign by the largest sum of OKS).
 */
function scoreOptimally(cell: ScoredCell): ScoredCell {
  const { detections, persons, oks } = cell;
  const ignored = ignoredPersons(persons, EVERY_AREA);
  const pairs = Array.from(oks, (similarity, index) => ({
    similarity,
    d: Math.floor(index / persons.length),
    g: index % persons.length,
  }))
    .filter(({ g }) => ignored[g] === 0)
    .sort((a, b) => b.similarity - a.similarity);
  const scores = new Map<number, number>();
  const taken = new Set<number>();
  for (const { similarity, d, g } of pairs) {
    if (scores.has(d) || taken.has(g)) continue;
    scores.set(d, similarity);
    taken.add(g);
  }
  const scoreOf = (detection: number): number => scores.get(detection) ?? 0;
  const order = detections.map((_, d) => d).sort((a, b) => scoreOf(b) - scoreOf(a));
  const ranked = selectDetections(cell, order);
  return {
    ...ranked,
    detections: ranked.detections.map((detection, i) => ({
      ...detection,
      score: scoreOf(order[i] as number),
    })),
  };
}

/** Without the detections that are of no person at all. */
function dropBackground(cell: ScoredCell): ScoredCell {
  return selectDetections(
    cell,
    cell.detections.map((_, d) => d).filter((d) => nearestPerson(cell, d).oks >= SAME_PERSON_OKS),
  );
}

/** Without some persons. */
function dropPersons(cell: ScoredCell, dropped: ReadonlySet<TruthAnnotation>): ScoredCell {
  const kept = cell.persons.flatMap((person, g) => (dropped.has(person) ? [] : [g]));
  const width = cell.persons.length;
  return {
    ...cell,
    persons: kept.map((g) => cell.persons[g] as TruthAnnotation),
    oks: Float64Array.from(
      cell.detections.flatMap((_, d) => kept.map((g) => cell.oks[d * width + g] as number)),
    ),
  };
}
