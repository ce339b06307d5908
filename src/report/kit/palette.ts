import type { ErrorType } from "../../../eval/analysis/error-costs.ts";
import type { DetectionKind } from "../../../eval/analysis/false-positives.ts";
import type { DiagnosedKeypoint } from "../../../eval/analysis/keypoint-errors.ts";

/** The diagnoses of labelled keypoints, from good to bad. */
export const DIAGNOSES = ["good", "jitter", "inversion", "swap", "miss"] as const satisfies readonly Exclude<
  DiagnosedKeypoint["diagnosis"],
  "unlabelled"
>[];

/** The page's colours (see `page.ts`), each for the same thing in every plot. */
export const DIAGNOSIS_COLORS: Readonly<Record<(typeof DIAGNOSES)[number], string>> = {
  good: "var(--good)",
  jitter: "var(--jitter)",
  inversion: "var(--inversion)",
  swap: "var(--swap)",
  miss: "var(--miss)",
};

export const ERROR_COLORS: Readonly<Record<ErrorType, string>> = {
  ...DIAGNOSIS_COLORS,
  scoring: "var(--scoring)",
  background: "var(--background)",
  "missed person": "var(--missed)",
};

/** Kinds of detections, in the order their bars are stacked; ignored detections are not shown. */
export const KIND_COLORS: Readonly<Record<Exclude<DetectionKind, "ignored">, string>> = {
  correct: "var(--good)",
  duplicate: "var(--scoring)",
  "badly placed": "var(--inversion)",
  background: "var(--background)",
};

/** Colours of the curves of one plot, in their order. */
export const CURVE_COLORS = ["var(--accent)", "var(--second)", "var(--ink)"] as const;
