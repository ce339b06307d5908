import type { KeypointResult, KeypointTruth } from "../keypoint-data.ts";
import type { EvalParams } from "../params.ts";
import type { Skeleton } from "../skeleton.ts";
import { type AnalysedImage, analysedImages } from "./analysed-images.ts";
import { judgeCells } from "./judged-pairs.ts";
import { scoreCells } from "./scored-cells.ts";
import { judgeDetections } from "./unmatched.ts";

/** What results found on a few of the evaluated images, in the order asked for; an image that holds nothing is empty. */
export function findImages(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: EvalParams,
  skeleton: Pick<Skeleton, "flipPairs">,
  imageIds: readonly number[],
): AnalysedImage[] {
  const some = { ...params, imageIds: imageIds.toSorted((a, b) => a - b) };
  const cells = scoreCells(truth, results, some);
  const found = analysedImages(judgeCells(cells, some, skeleton), judgeDetections(cells), some);
  return imageIds.map(
    (imageId) => found.get(imageId) ?? { imageId, persons: [], missed: [], detections: [], pairs: [] },
  );
}
