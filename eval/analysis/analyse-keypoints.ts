import { countPersons } from "../cells.ts";
import type { KeypointEvaluation } from "../evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth, TruthAnnotation } from "../keypoint-data.ts";
import type { EvalParams } from "../params.ts";
import { COCO_SKELETON } from "../skeletons/coco.ts";
import type { Skeleton } from "../skeletons/skeleton.ts";
import { type Calibration, calibration } from "./calibration.ts";
import { type ErrorCosts, errorCosts } from "./error-costs.ts";
import {
  type CellDetections,
  type ClassifiedDetection,
  classifyDetections,
  type FalsePositives,
  falsePositives,
} from "./false-positives.ts";
import { type ImageCost, imageCosts } from "./image-costs.ts";
import { type DiagnosedCell, type DiagnosedPair, diagnoseCells } from "./keypoint-errors.ts";
import { type KeypointScores, keypointScores } from "./keypoint-scores.ts";
import { analysedDetections, EVERY_AREA, scoreCells } from "./outcomes.ts";
import {
  type GroupScores,
  groupScores,
  overlapGroups,
  sizeGroups,
  visibilityGroups,
} from "./person-groups.ts";
import { meanOfValid } from "./weighted-ap.ts";

/** Everything that explains a keypoint evaluation: over persons of any area, at the detection limit of the summary. */
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

/** One image with what was found on it. */
export interface AnalysedImage {
  readonly imageId: number;
  readonly persons: readonly TruthAnnotation[];
  /** Persons without a detection of OKS 0.5. */
  readonly missed: readonly TruthAnnotation[];
  readonly detections: readonly ClassifiedDetection[];
  /** Detections and the persons they are of (OKS 0.1). */
  readonly pairs: readonly DiagnosedPair[];
}

/** One image with what was found on it, and what it costs. */
export interface CostlyImage extends AnalysedImage {
  /** AP without this image minus AP with it; negative where the image raises AP. */
  readonly cost: number;
}

interface AnalysisCounts {
  readonly images: number;
  /** Persons who count. */
  readonly persons: number;
  /** Crowds, and persons without keypoints. */
  readonly ignoredPersons: number;
  readonly results: number;
  /** Results that are evaluated: the best of each image. */
  readonly detections: number;
  /** Persons without a detection of OKS 0.5. */
  readonly missedAtHalf: number;
  /** Persons without a detection of OKS 0.1. */
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
  const diagnosed = diagnoseCells(cells, params, skeleton);
  const detections = classifyDetections(cells);
  const annotations = sum(cells, ({ persons }) => persons.length);
  const persons = sum(cells, (cell) => countPersons(cell.persons, EVERY_AREA));
  return {
    skeleton,
    oksThresholds: params.oksThresholds,
    counts: {
      images: params.imageIds.length,
      persons,
      ignoredPersons: annotations - persons,
      results: results.length,
      detections: sum(cells, (cell) => cell.detections.length),
      missedAtHalf: sum(detections, ({ missed }) => missed.length),
      missedPersons: sum(diagnosed, ({ missedPersons }) => missedPersons.length),
    },
    curves: precisionRecallCurves(evaluation),
    keypoints: keypointScores(diagnosed, params, skeleton),
    bySize: groupScores(cells, sizeGroups(), params),
    byVisibleKeypoints: groupScores(cells, visibilityGroups(skeleton.keypoints.length), params),
    byOverlap: groupScores(cells, overlapGroups(cells), params),
    errorCosts: errorCosts(diagnosed, params),
    falsePositives: falsePositives(detections, params),
    calibration: calibration(diagnosed),
    images: costlyImages(imageCosts(cells, params), analysedImages(diagnosed, detections, params)),
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

/** What was found on every image that holds a person or a detection, all its categories together. */
function analysedImages(
  diagnosed: readonly DiagnosedCell[],
  detections: readonly CellDetections[],
  { imageIds }: EvalParams,
): ReadonlyMap<number, AnalysedImage> {
  const images = new Map<number, AnalysedImage>();
  detections.forEach(({ cell, missed, detections: found }, index) => {
    const imageId = imageIds[cell.image] as number;
    const before = images.get(imageId) ?? { persons: [], missed: [], detections: [], pairs: [] };
    images.set(imageId, {
      imageId,
      persons: [...before.persons, ...cell.persons],
      missed: [...before.missed, ...missed],
      detections: [...before.detections, ...found],
      pairs: [...before.pairs, ...(diagnosed[index]?.pairs ?? []).filter((pair) => pair !== undefined)],
    });
  });
  return images;
}

/** What results found on a few of the evaluated images, in the given order, images without anything included. */
export function findImages(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: EvalParams,
  skeleton: Pick<Skeleton, "keypoints" | "flipPairs">,
  imageIds: readonly number[],
): AnalysedImage[] {
  const some = { ...params, imageIds: imageIds.toSorted((a, b) => a - b) };
  const cells = scoreCells(truth, results, some);
  const found = analysedImages(diagnoseCells(cells, some, skeleton), classifyDetections(cells), some);
  return imageIds.map(
    (imageId) => found.get(imageId) ?? { imageId, persons: [], missed: [], detections: [], pairs: [] },
  );
}

interface PrecisionRecallCurve {
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
function precisionRecallCurves(evaluation: KeypointEvaluation): PrecisionRecallCurve[] {
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
