import type { KeypointEvaluation } from "../keypoint-evaluator.ts";
import { EVERY_AREA } from "./judged-pairs.ts";
import { analysedDetections } from "./scored-cells.ts";
import { meanOfValid } from "./weighted-ap.ts";

export interface PrecisionRecallCurve {
  /** The OKS threshold, or undefined for the mean over all of them. */
  readonly threshold?: number;
  /** At each recall threshold, over persons of any area; -1 where no person counts. */
  readonly precision: readonly number[];
  /** Its mean. */
  readonly ap: number;
}

/** Thresholds that have a curve of their own, where they are evaluated. */
const SHOWN_THRESHOLDS = [0.5, 0.75] as const;

/** Precision over recall at OKS 0.5, at 0.75, and as the mean over all thresholds. */
export function precisionRecallCurves(evaluation: KeypointEvaluation): PrecisionRecallCurve[] {
  const { params } = evaluation;
  const every = params.oksThresholds.map((_, index) => index);
  const shown = SHOWN_THRESHOLDS.flatMap((threshold): PrecisionRecallCurve[] => {
    const index = params.oksThresholds.indexOf(threshold);
    return index < 0 ? [] : [{ threshold, ...curveOf(evaluation, [index]) }];
  });
  return [...shown, curveOf(evaluation, every)];
}

function curveOf(
  { params, precision: { data }, counts: [, R, K, A, M] }: KeypointEvaluation,
  thresholds: readonly number[],
): Pick<PrecisionRecallCurve, "precision" | "ap"> {
  const area = params.areaRanges.findIndex(({ label }) => label === EVERY_AREA.label);
  const limit = params.maxDetections.indexOf(analysedDetections(params));
  const precision = params.recallThresholds.map((_, r) =>
    meanOfValid(
      thresholds.flatMap((t) =>
        Array.from({ length: K }, (_, k) => data[(((t * R + r) * K + k) * A + area) * M + limit] ?? -1),
      ),
    ),
  );
  return { precision, ap: meanOfValid(precision) };
}
