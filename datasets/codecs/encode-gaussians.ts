import type { HeatmapGrid } from "./heatmap-codec.ts";

/** A Gaussian counts up to this many standard deviations from its centre. */
const RADIUS_SIGMAS = 3;

/** Cells that a Gaussian counts for on each side of its centre. */
export function gaussianRadius(sigma: number): number {
  return Math.ceil(RADIUS_SIGMAS * sigma);
}

/** Whether any cell of the heatmap is within the radius of the cell nearest to (x, y), in cells. */
export function reachesHeatmap(
  x: number,
  y: number,
  [height, width]: readonly [number, number],
  sigma: number,
): boolean {
  const radius = gaussianRadius(sigma);
  const column = Math.floor(x + 0.5);
  const row = Math.floor(y + 0.5);
  return column + radius >= 0 && column - radius < width && row + radius >= 0 && row - radius < height;
}

/**
 * Renders unnormalised Gaussians (peak 1) centred exactly where the keypoints are, between cells if need be, over the
 * whole heatmap: there is no cut-off for a decoder to trip over. A labelled keypoint too far outside to weigh anything
 * still leaves its tail.
 *
 * @param points x, y in crop pixels and visibility of each keypoint.
 * @param stride Crop pixels a cell, [down, across].
 */
export function encodeExactGaussians(
  points: ArrayLike<number>,
  { heatmapSize, sigma }: HeatmapGrid,
  [strideY, strideX]: readonly [number, number],
  heatmaps: Float32Array,
  weights: Float32Array,
): void {
  const [height, width] = heatmapSize;
  const numKeypoints = weights.length;
  // A Gaussian is the product of one across and one down: h + w exponentials in place of h · w.
  const across = new Float64Array(width * numKeypoints);
  const down = new Float64Array(height * numKeypoints);
  for (let k = 0; k < numKeypoints; k += 1) {
    const x = (points[3 * k] as number) / strideX;
    const y = (points[3 * k + 1] as number) / strideY;
    const labelled = (points[3 * k + 2] as number) > 0;
    weights[k] = labelled && reachesHeatmap(x, y, heatmapSize, sigma) ? 1 : 0;
    if (!labelled) continue;
    for (let i = 0; i < width; i += 1) across[i * numKeypoints + k] = gaussian(i - x, sigma);
    for (let i = 0; i < height; i += 1) down[i * numKeypoints + k] = gaussian(i - y, sigma);
  }
  for (let row = 0, i = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      for (let k = 0; k < numKeypoints; k += 1, i += 1) {
        heatmaps[i] =
          (down[row * numKeypoints + k] as number) * (across[column * numKeypoints + k] as number);
      }
    }
  }
}

/** The product of two factors of at least this is no denormal number, which some processors are slow with. */
const SMALLEST_FACTOR = 1e-15;

function gaussian(distance: number, sigma: number): number {
  const value = Math.exp(-(distance ** 2) / (2 * sigma ** 2));
  return value < SMALLEST_FACTOR ? 0 : value;
}
