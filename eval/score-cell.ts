import type { KeypointResult, TruthAnnotation } from "./keypoint-data.ts";
import { matchImage } from "./match.ts";
import { oksMatrix } from "./oks.ts";
import { FALSE_POSITIVE, IGNORED, TRUE_POSITIVE } from "./outcome-store.ts";
import type { EvalParams } from "./params.ts";
import { resultArea } from "./result-area.ts";
import type { TruthCell } from "./truth-cells.ts";

/** The detections of one cell that are evaluated: best first, equal scores in their order, cut at the highest limit. */
export function bestDetections(results: readonly KeypointResult[], params: EvalParams): KeypointResult[] {
  const pooled = params.useCategories ? results : results.toSorted((a, b) => a.categoryId - b.categoryId);
  return pooled.toSorted((a, b) => b.score - a.score).slice(0, params.maxDetections.at(-1));
}

/**
 * What becomes of each detection of one cell, in each area range and at each threshold.
 *
 * @param detections From `bestDetections`.
 * @param fromBox Whether detections have the area of their box.
 * @param outcomes [D, A, T], filled in.
 */
export function scoreCell(
  truth: TruthCell | undefined,
  detections: readonly KeypointResult[],
  params: EvalParams,
  variances: Float64Array,
  fromBox: boolean,
  outcomes: Uint8Array,
): void {
  markUnmatched(detections, params, fromBox, outcomes);
  const neverMatches = !params.useCategories && params.quirks.includes("pooled-categories");
  if (!truth || neverMatches) return;
  const keypoints = detections.map((detection) => detection.keypoints);
  const floor = Math.min(...params.oksThresholds);
  const oks = oksMatrix(truth.persons, keypoints, variances, params.useArea, floor);
  for (let a = 0; a < params.areaRanges.length; a += 1) {
    const ignored = truth.ignored[a] as Uint8Array;
    const matches = matchImage(oks, detections.length, { ignored, crowd: truth.crowd }, params.oksThresholds);
    markMatched(matches, truth.persons, ignored, params, a, outcomes);
  }
}

/** An unmatched detection is a false positive, or ignored where its own area is outside the range. */
function markUnmatched(
  detections: readonly KeypointResult[],
  { areaRanges, oksThresholds }: EvalParams,
  fromBox: boolean,
  outcomes: Uint8Array,
): void {
  let end = 0;
  for (const detection of detections) {
    const area = resultArea(detection, fromBox);
    for (const { min, max } of areaRanges) {
      const start = end;
      end += oksThresholds.length;
      outcomes.fill(area < min || area > max ? IGNORED : FALSE_POSITIVE, start, end);
    }
  }
}

/** A matched detection is a true positive, or ignored like its person. */
function markMatched(
  matches: Int32Array,
  persons: readonly TruthAnnotation[],
  ignored: Uint8Array,
  { areaRanges, oksThresholds, quirks }: EvalParams,
  a: number,
  outcomes: Uint8Array,
): void {
  const T = oksThresholds.length;
  const D = matches.length / T;
  const zeroIsNone = quirks.includes("zero-id");
  for (let i = 0; i < matches.length; i += 1) {
    const person = matches[i] as number;
    if (person < 0) continue;
    const place = ((i % D) * areaRanges.length + a) * T + Math.floor(i / D);
    if (ignored[person] === 1) outcomes[place] = IGNORED;
    else if (!(zeroIsNone && persons[person]?.id === 0)) outcomes[place] = TRUE_POSITIVE;
  }
}
