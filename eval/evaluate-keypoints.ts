import type { KeypointResult, KeypointTruth } from "./keypoint-data.ts";
import { type KeypointEvaluation, KeypointEvaluator } from "./keypoint-evaluator.ts";
import type { EvalParams } from "./params.ts";

/**
 * COCO keypoint evaluation: average precision and recall by object keypoint similarity, as pycocotools 2.0.11
 * computes them. Without parameters every image and category of the ground truth is evaluated.
 *
 * @throws {RangeError} If a parameter is out of its bounds; a result names an unknown image, has no score, or (as the
 * person it is compared with) another number of keypoints than there are sigmas. The message names the record.
 */
export function evaluateKeypoints(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: Partial<EvalParams> = {},
): KeypointEvaluation {
  const evaluator = new KeypointEvaluator(truth, params);
  evaluator.add(results);
  return evaluator.evaluation();
}
