import {
  CROWDPOSE_LINES,
  CROWDPOSE_PARAMS,
  CROWDPOSE_STAT_NAMES,
  crowdPoseLines,
  evaluateCrowdPose,
} from "./crowdpose.ts";
import { evaluateKeypoints } from "./evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "./keypoint-data.ts";
import type { KeypointEvaluation } from "./keypoint-evaluator.ts";
import type { EvalParams } from "./params.ts";
import type { Skeleton } from "./skeleton.ts";
import { COCO_SKELETON } from "./skeletons/coco.ts";
import { CROWDPOSE_SKELETON } from "./skeletons/crowdpose.ts";
import { COCO_LINES, STAT_NAMES, type SummaryLine, summaryLines } from "./summary.ts";

/** A benchmark's way to evaluate and to print. */
export interface EvaluationProtocol {
  readonly name: "coco" | "crowdpose";
  readonly skeleton: Skeleton;
  /** What differs from COCO's. */
  readonly params: Partial<EvalParams>;
  /** Names of the evaluation's `stats`. */
  readonly statNames: readonly string[];
  /** The lines that are plain means, in the order of `stats`. */
  readonly lines: readonly SummaryLine[];
  evaluate(
    truth: KeypointTruth,
    results: readonly KeypointResult[],
    params: Partial<EvalParams>,
  ): KeypointEvaluation;
  print(evaluation: KeypointEvaluation): string[];
}

export const COCO_PROTOCOL: EvaluationProtocol = {
  name: "coco",
  skeleton: COCO_SKELETON,
  params: {},
  statNames: STAT_NAMES,
  lines: COCO_LINES,
  evaluate: evaluateKeypoints,
  print: summaryLines,
};

/** @param crowdIndices Crowd index of each image, by id. */
export function crowdPoseProtocol(crowdIndices: ReadonlyMap<number, number>): EvaluationProtocol {
  return {
    name: "crowdpose",
    skeleton: CROWDPOSE_SKELETON,
    params: CROWDPOSE_PARAMS,
    statNames: CROWDPOSE_STAT_NAMES,
    lines: CROWDPOSE_LINES,
    evaluate: (truth, results, params) => evaluateCrowdPose(truth, results, crowdIndices, params),
    print: crowdPoseLines,
  };
}
