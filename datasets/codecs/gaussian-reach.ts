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
