/**
 * One keypoint's share of OKS: exp(-d² / (2 · area · (2σ)²)), 1 at the labelled position.
 *
 * @param distance2 Squared distance between the predicted and the labelled position, square pixels.
 * @param sigma The keypoint's labelling spread, relative to the square root of the person's area.
 * @param area The person's area, square pixels.
 */
export function keypointSimilarity(distance2: number, sigma: number, area: number): number {
  return Math.exp(-distance2 / (2 * sigma) ** 2 / (area + Number.EPSILON) / 2);
}

/** The distance, in pixels, at which {@link keypointSimilarity} is `similarity`: its inverse. */
export function distanceOfSimilarity(similarity: number, sigma: number, area: number): number {
  return Math.sqrt(-2 * Math.log(similarity) * (area + Number.EPSILON)) * 2 * sigma;
}
