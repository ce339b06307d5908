import type { BoxTuple, TruthAnnotation } from "./keypoint-data.ts";

/** Share of a person's box that the person covers, where no area is labelled. Source: xtcocotools 1.14. */
const AREA_OF_BOX = 0.53;

/** Keypoints with a higher exponent add no more than `FAR_TERM` each. */
const FAR = 4;
const FAR_TERM = Math.exp(-FAR);

/** Variance of each keypoint, `(2 sigma)²`, relative to the person's area. */
export function oksVariances(sigmas: readonly number[]): Float64Array {
  return Float64Array.from(sigmas, (sigma) => (sigma * 2) ** 2);
}

/** Area of a person estimated from the box, square pixels. */
export function areaOfBox(box: BoxTuple): number {
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
  const labelled = labelledIndices(truth.keypoints, variances.length);
  const exponents = new Float64Array(variances.length);
  const count = fillExponents(exponents, truth, labelled, keypoints, variances, area);
  return meanSimilarity(exponents, count, 0);
}

/**
 * OKS of every detection with every labelled person of one image.
 *
 * @param useArea Whether to take the labelled area, or 0.53 of the box.
 * @param floor Pairs certain to lie below it get 0, which saves most of the work. @default 0
 * @param oks Where the answer goes, if it is not to be allocated: of [D, G] numbers or more.
 * @returns [D, G], row-major.
 */
export function oksMatrix(
  truths: readonly TruthAnnotation[],
  detections: readonly ArrayLike<number>[],
  variances: Float64Array,
  useArea = true,
  floor = 0,
  oks = new Float64Array(detections.length * truths.length),
): Float64Array {
  const numTruths = truths.length;
  const exponents = new Float64Array(variances.length);
  for (let g = 0; g < numTruths; g += 1) {
    const truth = truths[g] as TruthAnnotation;
    const area = useArea ? truth.area : areaOfBox(truth.box);
    const labelled = labelledIndices(truth.keypoints, variances.length);
    for (let d = 0; d < detections.length; d += 1) {
      const keypoints = detections[d] as ArrayLike<number>;
      const count = fillExponents(exponents, truth, labelled, keypoints, variances, area);
      oks[d * numTruths + g] = meanSimilarity(exponents, count, floor);
    }
  }
  return oks;
}

function labelledIndices(keypoints: ArrayLike<number>, numKeypoints: number): number[] {
  const indices: number[] = [];
  for (let k = 0; k < numKeypoints; k += 1) if ((keypoints[3 * k + 2] as number) > 0) indices.push(k);
  return indices;
}

/**
 * Writes d² / variance / area / 2 of each keypoint that counts, in this order of operations: it decides the last bit.
 *
 * @returns How many count.
 */
function fillExponents(
  exponents: Float64Array,
  truth: Pick<TruthAnnotation, "keypoints" | "box">,
  labelled: readonly number[],
  keypoints: ArrayLike<number>,
  variances: Float64Array,
  area: number,
): number {
  const divisor = area + Number.EPSILON;
  for (let i = 0; i < labelled.length; i += 1) {
    const k = labelled[i] as number;
    const dx = (keypoints[3 * k] as number) - (truth.keypoints[3 * k] as number);
    const dy = (keypoints[3 * k + 1] as number) - (truth.keypoints[3 * k + 1] as number);
    exponents[i] = (dx * dx + dy * dy) / (variances[k] as number) / divisor / 2;
  }
  if (labelled.length > 0) return labelled.length;

  const [x, y, width, height] = truth.box;
  for (let k = 0; k < variances.length; k += 1) {
    const dx = distanceOutside(keypoints[3 * k] as number, x - width, x + width * 2);
    const dy = distanceOutside(keypoints[3 * k + 1] as number, y - height, y + height * 2);
    exponents[k] = (dx * dx + dy * dy) / (variances[k] as number) / divisor / 2;
  }
  return variances.length;
}

function distanceOutside(value: number, low: number, high: number): number {
  return Math.max(0, low - value) + Math.max(0, value - high);
}

/** Mean of exp(-exponent) over the first `count`, or 0 where it is certain to lie below `floor`; overwrites them. */
function meanSimilarity(exponents: Float64Array, count: number, floor: number): number {
  let near = 0;
  for (let i = 0; i < count; i += 1) if ((exponents[i] as number) < FAR) near += 1;
  // Sums err by a few units in the last place; a part in a billion is far more.
  if (near + (count - near) * FAR_TERM < count * floor * (1 - 1e-9)) return 0;
  for (let i = 0; i < count; i += 1) exponents[i] = Math.exp(-(exponents[i] as number));
  return pairwiseSum(exponents, 0, count) / count;
}

/** numpy's block length: longer runs are halved first. */
const BLOCK = 128;

/**
 * Sum of `values[start … start + length)`, added in numpy's order: eight partial sums over blocks, blocks in a binary
 * tree. The order decides the last bits, and with them whether a mean of exactly one half prints up or down.
 */
export function pairwiseSum(values: ArrayLike<number>, start = 0, length = values.length - start): number {
  if (length < 8) return addTo(0, values, start, start + length, 1);
  if (length > BLOCK) {
    const half = Math.floor(length / 2) - (Math.floor(length / 2) % 8);
    return pairwiseSum(values, start, half) + pairwiseSum(values, start + half, length - half);
  }
  const whole = start + length - (length % 8);
  const first = everyEighth(values, start, whole) + everyEighth(values, start + 1, whole);
  const second = everyEighth(values, start + 2, whole) + everyEighth(values, start + 3, whole);
  const third = everyEighth(values, start + 4, whole) + everyEighth(values, start + 5, whole);
  const fourth = everyEighth(values, start + 6, whole) + everyEighth(values, start + 7, whole);
  return addTo(first + second + (third + fourth), values, whole, start + length, 1);
}

function everyEighth(values: ArrayLike<number>, start: number, end: number): number {
  return addTo(values[start] as number, values, start + 8, end, 8);
}

function addTo(sum: number, values: ArrayLike<number>, start: number, end: number, step: number): number {
  let total = sum;
  for (let i = start; i < end; i += step) total += values[i] as number;
  return total;
}
