// Renders keypoints as heatmaps [h, w, K]: unnormalised Gaussians (peak 1), on the nearest cell or between cells.
import type { HeatmapGrid } from "./heatmap-codec.ts";

/** Crop pixels from one heatmap cell to the next. */
type Stride = readonly [down: number, across: number];

/** A square of Gaussian values, 2 · radius + 1 cells a side. */
interface Stamp {
  readonly radius: number;
  readonly values: Float32Array;
}

export function gaussianStamp(sigma: number): Stamp {
  const radius = gaussianRadius(sigma);
  const side = 2 * radius + 1;
  const values = Float32Array.from({ length: side * side }, (_, i) => {
    const dx = (i % side) - radius;
    const dy = Math.floor(i / side) - radius;
    return Math.exp(-(dx ** 2 + dy ** 2) / (2 * sigma ** 2));
  });
  return { radius, values };
}

/**
 * Copies a Gaussian to the cell nearest to each keypoint.
 *
 * @param points x, y in crop pixels and visibility of each keypoint.
 */
export function encodeStamps(
  points: ArrayLike<number>,
  grid: HeatmapGrid,
  stride: Stride,
  stamp: Stamp,
  heatmaps: Float32Array,
  weights: Float32Array,
): void {
  heatmaps.fill(0);
  for (let k = 0; k < weights.length; k += 1) {
    const x = (points[3 * k] as number) / stride[1];
    const y = (points[3 * k + 1] as number) / stride[0];
    const labelled = (points[3 * k + 2] as number) > 0;
    weights[k] = labelled && reachesHeatmap(x, y, grid) ? 1 : 0;
    if (weights[k] === 0) continue;
    placeStamp(stamp, heatmaps, grid, Math.floor(x + 0.5), Math.floor(y + 0.5), k);
  }
}

/** Copies what of the stamp lies inside into channel `k`. */
function placeStamp(
  { radius, values }: Stamp,
  heatmaps: Float32Array,
  { heatmapSize: [height, width] }: HeatmapGrid,
  column: number,
  row: number,
  k: number,
): void {
  const numKeypoints = heatmaps.length / (height * width);
  const side = 2 * radius + 1;
  const left = Math.max(0, column - radius);
  const right = Math.min(width - 1, column + radius);
  for (let y = Math.max(0, row - radius); y <= Math.min(height - 1, row + radius); y += 1) {
    for (let x = left; x <= right; x += 1) {
      const value = values[(y - row + radius) * side + x - column + radius] as number;
      heatmaps[(y * width + x) * numKeypoints + k] = value;
    }
  }
}

/**
 * Renders Gaussians centred exactly where the keypoints are, over the whole heatmap: there is no cut-off for a decoder
 * to trip over. A labelled keypoint too far outside to weigh anything still leaves its tail.
 *
 * @param points x, y in crop pixels and visibility of each keypoint.
 */
export function encodeExactGaussians(
  points: ArrayLike<number>,
  grid: HeatmapGrid,
  [strideY, strideX]: Stride,
  heatmaps: Float32Array,
  weights: Float32Array,
): void {
  const { heatmapSize, sigma } = grid;
  const [height, width] = heatmapSize;
  const numKeypoints = weights.length;
  // A Gaussian is the product of one across and one down: h + w exponentials in place of h · w.
  const across = new Float64Array(width * numKeypoints);
  const down = new Float64Array(height * numKeypoints);
  for (let k = 0; k < numKeypoints; k += 1) {
    const x = (points[3 * k] as number) / strideX;
    const y = (points[3 * k + 1] as number) / strideY;
    const labelled = (points[3 * k + 2] as number) > 0;
    weights[k] = labelled && reachesHeatmap(x, y, grid) ? 1 : 0;
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

/** A Gaussian counts up to this many standard deviations from its centre. */
const RADIUS_SIGMAS = 3;

/** Cells that a Gaussian counts for on each side of its centre. */
export function gaussianRadius(sigma: number): number {
  return Math.ceil(RADIUS_SIGMAS * sigma);
}

/** Whether any cell of the heatmap is within the radius of the cell nearest to (x, y), in cells. */
function reachesHeatmap(x: number, y: number, { heatmapSize, sigma }: HeatmapGrid): boolean {
  const [height, width] = heatmapSize;
  const radius = gaussianRadius(sigma);
  const column = Math.floor(x + 0.5);
  const row = Math.floor(y + 0.5);
  return column + radius >= 0 && column - radius < width && row + radius >= 0 && row - radius < height;
}
