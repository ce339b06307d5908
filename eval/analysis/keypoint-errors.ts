import type { KeypointResult, TruthAnnotation } from "../keypoint-data.ts";
import type { EvalParams } from "../params.ts";
import { mirroredKeypoints, type Skeleton } from "../skeletons/skeleton.ts";
import { matchAt, type ScoredCell } from "./outcomes.ts";

/** From here on a keypoint is as good as a second human's label. */
export const GOOD_SIMILARITY = 0.85;
/** Below this a keypoint is not near the labelled position. */
const NEAR_SIMILARITY = 0.5;

export const KEYPOINT_ERRORS = ["miss", "swap", "inversion", "jitter"] as const;

/**
 * - `jitter`: near its place, not on it (similarity 0.5 to 0.85);
 * - `inversion`: nearest to the left/right counterpart on the same person;
 * - `swap`: nearest to the same keypoint, or its counterpart, of another person;
 * - `miss`: near none of these (every similarity below 0.5).
 *
 * Source: Ruggero Ronchi & Perona, "Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation", ICCV 2017,
 * section 3.1; where several places are near, the nearest decides, as in the authors' implementation.
 */
type KeypointError = (typeof KEYPOINT_ERRORS)[number];

export interface DiagnosedKeypoint {
  readonly diagnosis: KeypointError | "good" | "unlabelled";
  /** Similarity to its own labelled position, 0 to 1; 0 where unlabelled. */
  readonly similarity: number;
  /** Similarity to the nearest candidate: its own position, the counterpart's, another person's. */
  readonly nearest: number;
}

type Body = Pick<Skeleton, "keypoints" | "sigmas" | "flipPairs">;

/**
 * Diagnoses each keypoint of a detection matched to `truth`.
 *
 * @param others The other annotations of the image: whose keypoints it may have been swapped with.
 */
export function diagnoseKeypoints(
  truth: TruthAnnotation,
  result: KeypointResult,
  others: readonly TruthAnnotation[],
  body: Body,
): DiagnosedKeypoint[] {
  const mirror = mirroredKeypoints(body);
  return body.sigmas.map((sigma, keypoint): DiagnosedKeypoint => {
    if (!(visibility(truth, keypoint) > 0)) return { diagnosis: "unlabelled", similarity: 0, nearest: 0 };
    const counterpart = mirror[keypoint] ?? keypoint;
    const similarityTo = (person: TruthAnnotation, target: number): number =>
      visibility(person, target) > 0
        ? keypointSimilarity(squaredDistance(person, target, result, keypoint), sigma, person.area)
        : 0;
    const own = similarityTo(truth, keypoint);
    const inverted = similarityTo(truth, counterpart);
    let swapped = 0;
    for (const person of others) {
      swapped = Math.max(swapped, similarityTo(person, keypoint), similarityTo(person, counterpart));
    }
    return {
      diagnosis: diagnosisOf(own, inverted, swapped),
      similarity: own,
      nearest: Math.max(own, inverted, swapped),
    };
  });
}

/** Of equally near positions the keypoint's own comes first, then another person's, then the counterpart. */
function diagnosisOf(own: number, inverted: number, swapped: number): DiagnosedKeypoint["diagnosis"] {
  if (Math.max(own, inverted, swapped) < NEAR_SIMILARITY) return "miss";
  if (own >= inverted && own >= swapped) return own >= GOOD_SIMILARITY ? "good" : "jitter";
  return swapped >= inverted ? "swap" : "inversion";
}

/**
 * The detection's keypoints with the named errors corrected: each such keypoint moves straight toward its labelled
 * position until it is good (similarity 0.85), or as near as it was to the wrong position if that was nearer. Others
 * stay.
 *
 * Ronchi & Perona correct a miss to 0.5 only, which makes it a jitter; here all four errors end where a second human's
 * label would, so that their costs can be compared.
 */
export function correctKeypoints(
  truth: TruthAnnotation,
  result: KeypointResult,
  diagnosed: readonly DiagnosedKeypoint[],
  errors: ReadonlySet<string>,
  sigmas: readonly number[],
): number[] {
  const corrected = Array.from(result.keypoints);
  diagnosed.forEach(({ diagnosis, nearest }, keypoint) => {
    if (!errors.has(diagnosis)) return;
    const target = Math.max(GOOD_SIMILARITY, nearest);
    const distance = distanceOfSimilarity(target, sigmas[keypoint] ?? Number.NaN, truth.area);
    const present = Math.sqrt(squaredDistance(truth, keypoint, result, keypoint));
    for (const axis of [0, 1]) {
      const index = 3 * keypoint + axis;
      const labelled = truth.keypoints[index] ?? Number.NaN;
      corrected[index] =
        labelled + (((result.keypoints[index] ?? Number.NaN) - labelled) * distance) / present;
    }
  });
  return corrected;
}

function visibility(person: TruthAnnotation, keypoint: number): number {
  return person.keypoints[3 * keypoint + 2] ?? 0;
}

function squaredDistance(
  truth: TruthAnnotation,
  target: number,
  result: KeypointResult,
  keypoint: number,
): number {
  const dx = (result.keypoints[3 * keypoint] ?? Number.NaN) - (truth.keypoints[3 * target] ?? Number.NaN);
  const dy =
    (result.keypoints[3 * keypoint + 1] ?? Number.NaN) - (truth.keypoints[3 * target + 1] ?? Number.NaN);
  return dx ** 2 + dy ** 2;
}

/**
 * One keypoint's share of OKS: exp(-d² / (2 · area · (2σ)²)), 1 at the labelled position.
 *
 * @param distance2 Squared distance between the predicted and the labelled position, square pixels.
 * @param sigma The keypoint's labelling spread, relative to the square root of the person's area.
 * @param area The person's area, square pixels.
 */
export function keypointSimilarity(distance2: number, sigma: number, area: number): number {
  return Math.exp(-distance2 / (2 * sigma) ** 2 / (area + Number.EPSILON) / 2);
}

/** The distance, in pixels, at which {@link keypointSimilarity} is `similarity`: its inverse. */
export function distanceOfSimilarity(similarity: number, sigma: number, area: number): number {
  return Math.sqrt(-2 * Math.log(similarity) * (area + Number.EPSILON)) * 2 * sigma;
}

/**
 * From this OKS on a detection is of the person, however badly placed; below it with everyone, it is background.
 *
 * Source: Ruggero Ronchi & Perona, ICCV 2017 (their localisation threshold).
 */
export const SAME_PERSON_OKS = 0.1;

/** A detection, the person it is of, and what is wrong with each keypoint. */
export interface DiagnosedPair {
  readonly person: TruthAnnotation;
  readonly detection: KeypointResult;
  readonly oks: number;
  readonly keypoints: readonly DiagnosedKeypoint[];
}

/** The detections and persons of one cell, matched at the localisation threshold. */
export interface DiagnosedCell {
  readonly cell: ScoredCell;
  /** [D] The pair of each detection; undefined where it is of no person who counts. */
  readonly pairs: readonly (DiagnosedPair | undefined)[];
  /** [D] Whether a detection matched a person who does not count: a crowd, or without keypoints. */
  readonly onIgnored: readonly boolean[];
  /** Persons who count and have no detection. */
  readonly missedPersons: readonly TruthAnnotation[];
}

/** Matches each cell at OKS 0.1 and diagnoses the keypoints of every pair. */
export function diagnoseCells(
  cells: readonly ScoredCell[],
  { sigmas }: Pick<EvalParams, "sigmas">,
  { keypoints, flipPairs }: Pick<Skeleton, "keypoints" | "flipPairs">,
): DiagnosedCell[] {
  const body = { keypoints, sigmas, flipPairs };
  return cells.map((cell) => {
    const { matches, ignored, missed } = matchAt(cell, SAME_PERSON_OKS);
    const pairs = cell.detections.map((detection, d): DiagnosedPair | undefined => {
      const index = matches[d] as number;
      const person = cell.persons[index];
      if (!person || ignored[index] === 1) return undefined;
      const others = cell.persons.filter((other) => other !== person);
      const oks = cell.oks[d * cell.persons.length + index] as number;
      return { person, detection, oks, keypoints: diagnoseKeypoints(person, detection, others, body) };
    });
    const onIgnored = cell.detections.map((_, d) => ignored[matches[d] as number] === 1);
    return { cell, pairs, onIgnored, missedPersons: missed };
  });
}
