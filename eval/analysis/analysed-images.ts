import type { TruthAnnotation } from "../keypoint-data.ts";
import type { EvalParams } from "../params.ts";
import { imageCosts } from "./image-costs.ts";
import type { JudgedCell, JudgedPair } from "./judged-pairs.ts";
import type { CellDetections, JudgedDetection } from "./unmatched.ts";

/** One image with what was found on it. */
export interface AnalysedImage {
  readonly imageId: number;
  /** AP without this image less AP with it: what it costs or, negative, what it earns. */
  readonly cost: number;
  readonly persons: readonly TruthAnnotation[];
  /** Persons without a detection of OKS 0.5. */
  readonly missed: readonly TruthAnnotation[];
  readonly detections: readonly JudgedDetection[];
  /** Detections and the persons they are of (OKS 0.1). */
  readonly pairs: readonly JudgedPair[];
}

/** Every image that holds a person or a detection, the costliest first. */
export function analysedImages(
  judged: readonly JudgedCell[],
  detections: readonly CellDetections[],
  params: EvalParams,
): AnalysedImage[] {
  const pairsOf = new Map(
    judged.map(({ cell, pairs }) => [cell, pairs.filter((pair) => pair !== undefined)]),
  );
  const cellsOf = new Map<number, CellDetections[]>();
  for (const inCell of detections) {
    const imageId = params.imageIds[inCell.cell.image] as number;
    cellsOf.set(imageId, [...(cellsOf.get(imageId) ?? []), inCell]);
  }
  const costs = imageCosts(
    detections.map(({ cell }) => cell),
    params,
  );
  return costs.map(({ imageId, cost }) => {
    const cells = cellsOf.get(imageId) ?? [];
    return {
      imageId,
      cost,
      persons: cells.flatMap(({ cell }) => cell.persons),
      missed: cells.flatMap(({ missed }) => missed),
      detections: cells.flatMap((cell) => cell.detections),
      pairs: cells.flatMap(({ cell }) => pairsOf.get(cell) ?? []),
    };
  });
}
