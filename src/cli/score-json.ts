import { packageVersion } from "../../datasets/files/package-root.ts";
import type { NumberArray } from "../../eval/accumulate.ts";
import type { KeypointEvaluation } from "../../eval/evaluate-keypoints.ts";
import { evaluatedRecords, type QuirkEffect } from "../../eval/explain.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { EvalMode } from "../../eval/params.ts";
import type { EvaluationProtocol } from "../../eval/protocol.ts";

interface ScoreOutcome {
  readonly gt: string;
  readonly mode: EvalMode;
  /** Whether precision, recall and scores are wanted. */
  readonly arrays?: boolean;
  readonly protocol: EvaluationProtocol;
  readonly truth: KeypointTruth;
  readonly results: readonly KeypointResult[];
  readonly evaluation: KeypointEvaluation;
  /** The lines as printed. */
  readonly summary: readonly string[];
  readonly effects: readonly QuirkEffect[];
  /** How the results were made, where that is known. */
  readonly made?: Readonly<Record<string, string>>;
}

/** The numbers of an evaluation and everything they depend on, as JSON. */
export function scoreJson(outcome: ScoreOutcome): string {
  const { gt, mode, arrays, protocol, truth, results, evaluation, summary, effects, made } = outcome;
  const { stats, params, counts, precision, recall, scores } = evaluation;
  const records = evaluatedRecords(truth, results, params);
  const content = {
    stats,
    names: protocol.statNames,
    summary,
    params,
    protocol: {
      name: protocol.name,
      mode,
      groundTruth: gt,
      scoredBy: `dypose ${packageVersion()}`,
      similarity: `OKS of ${params.sigmas.length} keypoints`,
      personArea: params.useArea ? "as labelled" : "0.53 of the box",
      quirks: effects,
      ...made,
    },
    counts: {
      images: records.images,
      annotations: truth.annotations.length,
      persons: records.persons.length,
      crowds: records.crowds.length,
      withoutKeypoints: records.withoutKeypoints.length,
      onUnlistedImages: records.onUnlistedImages.length,
      results: records.results,
      resultsPastLimit: records.resultsPastLimit.length,
      shape: counts,
    },
    ...(arrays ? { precision: nested(precision), recall: nested(recall), scores: nested(scores) } : {}),
  };
  return `${JSON.stringify(content)}\n`;
}

/** Nested arrays, one level for each axis. */
function nested({ data, shape }: NumberArray): unknown {
  const levels = shape.slice(1).reverse();
  return levels.reduce<unknown[]>((values, length) => chunks(values, length), Array.from(data));
}

function chunks(values: readonly unknown[], length: number): unknown[] {
  return Array.from({ length: values.length / length }, (_, i) => values.slice(i * length, (i + 1) * length));
}
