import type { KeypointResult, KeypointTruth } from "../keypoint-data.ts";
import type { KeypointEvaluation } from "../keypoint-evaluator.ts";
import type { Skeleton } from "../skeleton.ts";
import { COCO_SKELETON } from "../skeletons/coco.ts";
import { type AnalysedImage, analysedImages } from "./analysed-images.ts";
import { type Calibration, calibration } from "./calibration.ts";
import { type ErrorCosts, errorCosts } from "./error-costs.ts";
import { type GroupScores, groupScores } from "./group-scores.ts";
import { type ImageCost, imageCosts } from "./image-costs.ts";
import { EVERY_AREA, judgeCells } from "./judged-pairs.ts";
import { type KeypointScores, keypointScores } from "./keypoint-scores.ts";
import { overlapGroups, sizeGroups, visibilityGroups } from "./person-groups.ts";
import { type PrecisionRecallCurve, precisionRecallCurves } from "./precision-recall.ts";
import { ignoredPersons, scoreCells } from "./scored-cells.ts";
import { type FalsePositives, falsePositives, judgeDetections } from "./unmatched.ts";

/** Everything that explains a keypoint evaluation; over persons of any area, at the summary's detection limit. */
export interface KeypointAnalysis {
  readonly skeleton: Skeleton;
  readonly oksThresholds: readonly number[];
  readonly counts: AnalysisCounts;
  readonly curves: readonly PrecisionRecallCurve[];
  readonly keypoints: readonly KeypointScores[];
  readonly bySize: readonly GroupScores[];
  readonly byVisibleKeypoints: readonly GroupScores[];
  readonly byOverlap: readonly GroupScores[];
  readonly errorCosts: ErrorCosts;
  readonly falsePositives: readonly FalsePositives[];
  readonly calibration: Calibration;
  /** Every image that holds a person or a detection, the costliest first. */
  readonly images: readonly CostlyImage[];
}

/** One image with what was found on it, and what it costs. */
export interface CostlyImage extends AnalysedImage {
  /** AP without this image less AP with it: what it costs or, negative, what it earns. */
  readonly cost: number;
}

export interface AnalysisCounts {
  readonly images: number;
  /** Persons to be found. */
  readonly persons: number;
  /** Crowds, and persons without keypoints. */
  readonly ignoredPersons: number;
  readonly results: number;
  /** Results that are evaluated: the best of each image. */
  readonly detections: number;
  /** Persons without a detection of OKS 0.5. */
  readonly missedAtHalf: number;
  /** Persons that no detection is of at all (OKS 0.1). */
  readonly missedPersons: number;
}

/**
 * Explains an evaluation: which errors cost how much, on whom and where.
 *
 * @param evaluation Of the same truth and results. Its quirk `pooled-categories` is not followed.
 */
export function analyseKeypoints(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  evaluation: KeypointEvaluation,
  skeleton: Skeleton = COCO_SKELETON,
): KeypointAnalysis {
  const { params } = evaluation;
  const cells = scoreCells(truth, results, params);
  const judged = judgeCells(cells, params, skeleton);
  const detections = judgeDetections(cells);
  const annotations = sum(cells, ({ persons }) => persons.length);
  const ignored = sum(cells, (cell) => ignoredPersons(cell, EVERY_AREA).filter((flag) => flag === 1).length);
  return {
    skeleton,
    oksThresholds: params.oksThresholds,
    counts: {
      images: params.imageIds.length,
      persons: annotations - ignored,
      ignoredPersons: ignored,
      results: results.length,
      detections: sum(cells, (cell) => cell.detections.length),
      missedAtHalf: sum(detections, ({ missed }) => missed.length),
      missedPersons: sum(judged, ({ missedPersons }) => missedPersons.length),
    },
    curves: precisionRecallCurves(evaluation),
    keypoints: keypointScores(judged, params, skeleton),
    bySize: groupScores(cells, sizeGroups(), params),
    byVisibleKeypoints: groupScores(cells, visibilityGroups(skeleton.keypoints.length), params),
    byOverlap: groupScores(cells, overlapGroups(cells), params),
    errorCosts: errorCosts(judged, params),
    falsePositives: falsePositives(detections, params),
    calibration: calibration(judged),
    images: costlyImages(imageCosts(cells, params), analysedImages(judged, detections, params)),
  };
}

function costlyImages(
  costs: readonly ImageCost[],
  images: ReadonlyMap<number, AnalysedImage>,
): CostlyImage[] {
  return costs.flatMap(({ imageId, cost }) => {
    const image = images.get(imageId);
    return image ? [{ ...image, cost }] : [];
  });
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
