import type { TruthAnnotation } from "../keypoint-data.ts";
import type { EvalParams } from "../params.ts";
import type { JudgedCell, JudgedPair } from "./judged-pairs.ts";
import type { CellDetections, JudgedDetection } from "./unmatched.ts";

/** One image with what was found on it. */
export interface AnalysedImage {
  readonly imageId: number;
  readonly persons: readonly TruthAnnotation[];
  /** Persons without a detection of OKS 0.5. */
  readonly missed: readonly TruthAnnotation[];
  readonly detections: readonly JudgedDetection[];
  /** Detections and the persons they are of (OKS 0.1). */
  readonly pairs: readonly JudgedPair[];
}

/** Of every image that holds a person or a detection, what was found on it, all its categories together. */
export function analysedImages(
  judged: readonly JudgedCell[],
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
      pairs: [...before.pairs, ...(judged[index]?.pairs ?? []).filter((pair) => pair !== undefined)],
    });
  });
  return images;
}
