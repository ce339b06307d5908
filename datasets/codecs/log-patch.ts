/** The patch reaches this many cells from the peak. */
const PATCH_RADIUS = 2;
const SIDE = 2 * PATCH_RADIUS + 1;

/** Blur that makes a network's heatmap look like a Gaussian again: 11 cells wide, OpenCV's sigma for that width. */
const BLUR_RADIUS = 5;
const BLUR = blurKernel(2);

/** Below this a logarithm says nothing. */
const FLOOR = 1e-10;

/**
 * The logarithm of one keypoint's blurred heatmap around its peak: a parabola, if the heatmap is a Gaussian.
 *
 * Blurring also lowers the peak; DARK scales it back, which here would only add a constant. Cells outside the heatmap
 * count as 0.
 *
 * @param heatmaps [h, w, K].
 * @param k Which keypoint.
 * @returns 5 x 5 values around (column, row), row by row.
 *
 * Source: Zhang et al., "Distribution-Aware Coordinate Representation", CVPR 2020 (arXiv 1910.06278), section 3.2.
 */
export function logPatch(
  heatmaps: Float32Array,
  [height, width]: readonly [number, number],
  column: number,
  row: number,
  k: number,
): Float64Array {
  const numKeypoints = heatmaps.length / (height * width);
  const reach = PATCH_RADIUS + BLUR_RADIUS;
  // Blurred across: a row for each that the blur downwards needs, then its cells.
  const strips = new Float64Array((2 * reach + 1) * SIDE);
  for (let r = 0; r <= 2 * reach; r += 1) {
    const y = row - reach + r;
    if (y < 0 || y >= height) continue;
    for (let c = 0; c < SIDE; c += 1) {
      let sum = 0;
      for (let t = -BLUR_RADIUS; t <= BLUR_RADIUS; t += 1) {
        const x = column - PATCH_RADIUS + c + t;
        if (x < 0 || x >= width) continue;
        sum += (BLUR[t + BLUR_RADIUS] as number) * (heatmaps[(y * width + x) * numKeypoints + k] as number);
      }
      strips[r * SIDE + c] = sum;
    }
  }
  return Float64Array.from({ length: SIDE * SIDE }, (_, i) => {
    const r = Math.floor(i / SIDE);
    let sum = 0;
    for (let t = 0; t <= 2 * BLUR_RADIUS; t += 1) {
      sum += (BLUR[t] as number) * (strips[(r + t) * SIDE + (i % SIDE)] as number);
    }
    return Math.log(Math.max(FLOOR, sum));
  });
}

/** The value dx cells right and dy down of the patch's middle. */
export function patchValue(patch: Float64Array, dx: number, dy: number): number {
  return patch[(dy + PATCH_RADIUS) * SIDE + dx + PATCH_RADIUS] as number;
}

function blurKernel(sigma: number): readonly number[] {
  const weights = Array.from({ length: 2 * BLUR_RADIUS + 1 }, (_, i) =>
    Math.exp(-((i - BLUR_RADIUS) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight);
  return weights.map((weight) => weight / total);
}
