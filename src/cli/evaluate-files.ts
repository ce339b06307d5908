import type { KeypointEvaluation } from "../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { EvalParams } from "../../eval/params.ts";
import type { EvaluationProtocol } from "../../eval/protocol.ts";

/** Evaluates what was read from files: an error that names a record gets its file's name. */
export function evaluateFiles(
  files: { readonly gt: string; readonly results: string },
  protocol: EvaluationProtocol,
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: Partial<EvalParams>,
): KeypointEvaluation {
  try {
    return protocol.evaluate(truth, results, params);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const file = { results: files.results, annotation: files.gt }[
      /^results|^annotation/.exec(cause.message)?.[0] ?? ""
    ];
    throw file ? new RangeError(`${file} ${cause.message}`, { cause }) : cause;
  }
}
