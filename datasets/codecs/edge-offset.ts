import type { PeakOffset } from "./decode-peaks.ts";
import { gaussianRadius } from "./gaussian-reach.ts";

/** Far less than the tail of any Gaussian worth decoding. */
const FLOOR = 1e-30;

/**
 * Refines a peak near the edge of a heatmap, where blurring would mix in what is not there: on each axis, the maximum
 * of the parabola through the logarithms of the peak and its two neighbours.
 *
 * On the very edge there is one neighbour, and the keypoint may lie outside: COCO's boxes leave some out. How steeply a
 * Gaussian of known width falls tells how far out, up to the radius that it was rendered with.
 *
 * @param sigma Standard deviation of the Gaussians, cells.
 */
export function edgeOffset(sigma: number): PeakOffset {
  const radius = gaussianRadius(sigma);
  return (heatmaps, [height, width], column, row, k) => {
    const numKeypoints = heatmaps.length / (height * width);
    const peak = (row * width + column) * numKeypoints + k;
    const along = (position: number, count: number, step: number) => {
      const before = position > 0 ? logOf(heatmaps[peak - step]) : undefined;
      const after = position < count - 1 ? logOf(heatmaps[peak + step]) : undefined;
      return axisOffset(before, logOf(heatmaps[peak]), after, sigma, radius);
    };
    return [along(column, width, numKeypoints), along(row, height, width * numKeypoints)];
  };
}

/** Offset from logarithms of the cell before, the peak, and the cell after. */
function axisOffset(
  before: number | undefined,
  peak: number,
  after: number | undefined,
  sigma: number,
  radius: number,
): number {
  if (before !== undefined && after !== undefined) {
    const curvature = before - 2 * peak + after;
    return curvature < 0 ? (before - after) / (2 * curvature) : 0;
  }
  // log g(0) - log g(1) = (1 - 2 m) / (2 sigma²) for a Gaussian around m.
  const fall = peak - (after ?? before ?? peak);

  const inwards = Math.max(-radius, 0.5 - sigma ** 2 * fall);
  return before === undefined ? inwards : -inwards;
}

function logOf(value: number | undefined): number {
  return Math.log(Math.max(FLOOR, value ?? 0));
}
