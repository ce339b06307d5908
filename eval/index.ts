/** COCO keypoint evaluation, without files or tensors: what `import … from "dypose/eval"` gives. */
export type { AccumulatedEvaluation, NumberArray } from "./accumulate.ts";
export { analyseKeypoints, type KeypointAnalysis } from "./analysis/analyse-keypoints.ts";
export { type CompareOptions, compareResults, type ResultsComparison } from "./analysis/compare-results.ts";
export { evaluateKeypoints, type KeypointEvaluation, KeypointEvaluator } from "./evaluate-keypoints.ts";
export type { BoxTuple, KeypointResult, KeypointTruth, TruthAnnotation } from "./keypoint-data.ts";
export { type MatchTruths, matchImage } from "./match.ts";
export { objectKeypointSimilarity, oksMatrix, oksVariances } from "./oks.ts";
export {
  type AreaRange,
  COCO_PARAMS,
  type EvalMode,
  type EvalParams,
  QUIRKS,
  type Quirk,
  quirksOf,
} from "./params.ts";
export { COCO_SIGMAS, COCO_SKELETON } from "./skeletons/coco.ts";
export type { Skeleton } from "./skeletons/skeleton.ts";
export { STAT_NAMES, summaryLines } from "./summary.ts";
