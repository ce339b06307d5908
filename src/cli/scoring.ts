import { readNumberList } from "../../datasets/coco/parse-record.ts";
import type { TruthFile } from "../../datasets/coco/read-annotations.ts";
import type { KeypointEvaluation } from "../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { EvalMode, EvalParams } from "../../eval/params.ts";
import { COCO_PROTOCOL, crowdPoseProtocol, type EvaluationProtocol } from "../../eval/protocol.ts";

/** How results are scored, for every command that scores a results file. */
export interface ScoringFlags {
  readonly imageIds?: string;
  readonly categoryIds?: readonly number[];
  readonly maxDets?: readonly number[];
  readonly sigmas?: string;
  readonly useCats: boolean;
  readonly mode: EvalMode;
  readonly protocol: "auto" | EvaluationProtocol["name"];
}

export function chooseProtocol(
  { protocol }: ScoringFlags,
  { truth, crowdIndices, keypointNames }: TruthFile,
): EvaluationProtocol {
  const isCrowdPose =
    crowdIndices.size > 0 &&
    crowdIndices.size === new Set(truth.imageIds).size &&
    keypointNames[0]?.length === 14;
  const name = protocol === "auto" ? (isCrowdPose ? "crowdpose" : "coco") : protocol;
  return name === "coco" ? COCO_PROTOCOL : crowdPoseProtocol(crowdIndices);
}

/** The protocol's own parameters, changed by the flags that are given. */
export async function scoringParams(
  flags: ScoringFlags,
  { params }: EvaluationProtocol,
): Promise<Partial<EvalParams>> {
  return {
    ...params,
    ...(flags.imageIds ? { imageIds: await readNumberList(flags.imageIds) } : {}),
    ...(flags.categoryIds ? { categoryIds: flags.categoryIds } : {}),
    ...(flags.maxDets ? { maxDetections: flags.maxDets } : {}),
    ...(flags.sigmas ? { sigmas: await readNumberList(flags.sigmas) } : {}),
    ...(flags.useCats ? {} : { useCategories: false }),
    ...(flags.mode === "corrected" ? { quirks: [] } : {}),
  };
}

/** Evaluates results read from files; an error about a record gets the name of its file. */
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
