import type { EvaluationCensus } from "./census.ts";
import type { KeypointEvaluation } from "./keypoint-evaluator.ts";
import { formatFixed } from "./python-format.ts";
import type { QuirkEffect } from "./quirk-effects.ts";
import { SUMMARY_MAX_DETECTIONS, type SummaryLine } from "./summary.ts";

/** Ids that a line names before it only counts. */
const NAMED = 8;

/**
 * What was left out of an evaluation and why, and what its -1 mean; a line each.
 *
 * @param summary What `stats` are the means of.
 */
export function explainLines(
  census: EvaluationCensus,
  evaluation: KeypointEvaluation,
  summary: readonly SummaryLine[],
): string[] {
  const { params } = evaluation;
  const limit = params.maxDetections.at(-1);
  const lines = [
    `evaluated: ${census.images} images, ${census.persons.length} persons, ${census.results} results`,
    ...item("ignored, a detection on it counts for nothing: crowd", "annotation", census.crowds),
    ...item(
      "ignored, a detection on it counts for nothing: no keypoints",
      "annotation",
      census.withoutKeypoints,
    ),
    ...item("left out: on an image that is not listed", "annotation", census.onUnlistedImages),
    ...item("left out: image or category not evaluated", "annotation", census.annotationsNotSelected),
    ...item("left out: image or category not evaluated", "result", census.resultsNotSelected),
    ...item(`left out: behind the best ${limit} of its image`, "result", census.resultsPastLimit),
  ];
  for (const { label, min, max } of params.areaRanges) {
    const ids = census.outsideRange.get(label) ?? [];
    lines.push(...item(`ignored in ${label}: area outside [${min}, ${max}]`, "annotation", ids));
  }
  return [...lines, ...unknownLines(evaluation, summary)];
}

/** What pycocotools' quirks do to the numbers; a line each, none where none is met. */
export function quirkLines(effects: readonly QuirkEffect[]): string[] {
  return effects.map(({ quirk, meaning, lines, refusal }) => {
    const moved = lines.map(
      ({ name, strict, corrected }) =>
        `${name} ${formatFixed(strict, 3)} strict, ${formatFixed(corrected, 3)} corrected (${signed(corrected - strict)})`,
    );
    const effect = refusal ? `strict gives no number: ${refusal}` : moved.join("; ") || "no line moves";
    return `${quirk}: ${meaning}: ${effect}`;
  });
}

function item(what: string, kind: "annotation" | "result", ids: readonly number[]): string[] {
  if (ids.length === 0) return [];
  const names = ids.slice(0, NAMED).join(", ");
  const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : "";
  const plural = ids.length === 1 ? kind : `${kind}s`;
  return [`${what}: ${ids.length} ${plural} (${kind === "annotation" ? "id" : "index"} ${names}${more})`];
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toPrecision(3)}`;
}

/** Why a number is -1: there is nothing to take the mean of. */
function unknownLines({ params, stats }: KeypointEvaluation, summary: readonly SummaryLine[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const [i, { name, area, threshold }] of summary.entries()) {
    if (stats[i] !== -1) continue;
    let reason = `no person counts in the area range ${area}`;
    if (!params.areaRanges.some(({ label }) => label === area)) reason = `no area range is called ${area}`;
    if (threshold !== undefined && !params.oksThresholds.includes(threshold)) {
      reason = `${threshold} is not among the OKS thresholds`;
    }
    if (!params.maxDetections.includes(SUMMARY_MAX_DETECTIONS)) {
      reason = `these lines are of ${SUMMARY_MAX_DETECTIONS} detections an image, which is not among the limits`;
    }
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  return [...reasons].map(([reason, names]) => `-1 in ${names.join(", ")}: ${reason}`);
}
