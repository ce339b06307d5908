import type { KeypointResult } from "./keypoint-data.ts";
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
  const { areaRanges, oksThresholds, quirks } = params;
  const T = oksThresholds.length;
  const areas = detections.map((detection) => resultArea(detection, fromBox));
  const matchable =
    truth && (params.useCategories || !quirks.includes("pooled-categories")) ? truth : undefined;
  const oks =
    matchable &&
    oksMatrix(
      matchable.persons,
      detections.map(({ keypoints }) => keypoints),
      variances,
      params.useArea,
      Math.min(...oksThresholds),
    );
  const zeroIsNone = quirks.includes("zero-id");

  areaRanges.forEach(({ min, max }, a) => {
    const offset = (d: number): number => (d * areaRanges.length + a) * T;
    areas.forEach((area, d) => {
      outcomes.fill(area < min || area > max ? IGNORED : FALSE_POSITIVE, offset(d), offset(d) + T);
    });
    if (!matchable || !oks) return;
    const { persons, crowd } = matchable;
    const ignored = matchable.ignored[a] as Uint8Array;
    matchImage(oks, detections.length, { ignored, crowd }, oksThresholds).forEach((person, i) => {
      if (person < 0) return;
      const outcome = offset(i % detections.length) + Math.floor(i / detections.length);
      if (ignored[person] === 1) outcomes[outcome] = IGNORED;
      else if (!(zeroIsNone && persons[person]?.id === 0)) outcomes[outcome] = TRUE_POSITIVE;
    });
  });
}
