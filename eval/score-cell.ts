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
    );
  const zeroIsNone = quirks.includes("zero-id");

  for (const [a, { min, max }] of areaRanges.entries()) {
    const ignored = matchable?.ignored[a];
    const matches =
      oks &&
      ignored &&
      matchImage(oks, detections.length, { ignored, crowd: matchable.crowd }, oksThresholds);
    for (const [d, area] of areas.entries()) {
      const unmatched = area < min || area > max ? IGNORED : FALSE_POSITIVE;
      for (let t = 0; t < T; t += 1) {
        const match = matches?.[t * detections.length + d] ?? -1;
        let outcome = unmatched;
        if (match >= 0 && ignored?.[match] === 1) outcome = IGNORED;
        else if (match >= 0 && !(zeroIsNone && matchable?.persons[match]?.id === 0)) outcome = TRUE_POSITIVE;
        outcomes[(d * areaRanges.length + a) * T + t] = outcome;
      }
    }
  }
}
