import type { TruthAnnotation } from "./keypoint-data.ts";
import { pairwiseSum } from "./pairwise-sum.ts";

/** Share of a person's box that the person covers, where no area is labelled. Source: xtcocotools 1.14. */
const AREA_OF_BOX = 0.53;

/** Variance of each keypoint, `(2 sigma)²`, relative to the person's area. */
export function oksVariances(sigmas: readonly number[]): Float64Array {
  return Float64Array.from(sigmas, (sigma) => (sigma * 2) ** 2);
}

/** Area of a person estimated from the box, square pixels. */
export function areaOfBox(box: TruthAnnotation["box"]): number {
  return box[3] * box[2] * AREA_OF_BOX;
}

/**
 * Object keypoint similarity of one detection with one labelled person: the mean over the labelled keypoints of
 * `exp(-d² / (2 · area · (2 sigma)²))`, in [0, 1]. A person without any labelled keypoint is compared by how far the
 * keypoints lie outside the box grown by its own width and height on each side.
 *
 * @param keypoints x, y, score of each keypoint, flat, image pixels; the score is not read.
 * @param variances From `oksVariances`.
 * @param area The person's area, square pixels.
 *
 * Source: https://cocodataset.org/#keypoints-eval; operations in the order of pycocotools 2.0.11.
 */
export function objectKeypointSimilarity(
  truth: Pick<TruthAnnotation, "keypoints" | "box">,
  keypoints: ArrayLike<number>,
  variances: Float64Array,
  area: number,
): number {
  const { keypoints: labelled, box } = truth;
  const terms: number[] = [];
  for (let k = 0; k < variances.length; k += 1) {
    if (!((labelled[3 * k + 2] as number) > 0)) continue;
    const dx = (keypoints[3 * k] as number) - (labelled[3 * k] as number);
    const dy = (keypoints[3 * k + 1] as number) - (labelled[3 * k + 1] as number);
    terms.push(keypointTerm(dx, dy, variances[k] as number, area));
  }
  if (terms.length > 0) return pairwiseSum(terms) / terms.length;

  const [x, y, width, height] = box;
  for (let k = 0; k < variances.length; k += 1) {
    const dx = distanceOutside(keypoints[3 * k] as number, x - width, x + width * 2);
    const dy = distanceOutside(keypoints[3 * k + 1] as number, y - height, y + height * 2);
    terms.push(keypointTerm(dx, dy, variances[k] as number, area));
  }
  return pairwiseSum(terms) / terms.length;
}

/** Similarity of one keypoint, in [0, 1]. */
function keypointTerm(dx: number, dy: number, variance: number, area: number): number {
  return Math.exp(-((dx * dx + dy * dy) / variance / (area + Number.EPSILON) / 2));
}

function distanceOutside(value: number, low: number, high: number): number {
  return Math.max(0, low - value) + Math.max(0, value - high);
}

/**
 * OKS of every detection with every labelled person of one image.
 *
 * @param useArea Whether to take the labelled area, or 0.53 of the box.
 * @returns [D, G], row-major.
 */
export function oksMatrix(
  truths: readonly TruthAnnotation[],
  detections: readonly ArrayLike<number>[],
  variances: Float64Array,
  useArea = true,
): Float64Array {
  const oks = new Float64Array(detections.length * truths.length);
  truths.forEach((truth, g) => {
    const area = useArea ? truth.area : areaOfBox(truth.box);
    detections.forEach((keypoints, d) => {
      oks[d * truths.length + g] = objectKeypointSimilarity(truth, keypoints, variances, area);
    });
  });
  return oks;
}
