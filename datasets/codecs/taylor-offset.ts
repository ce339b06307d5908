import { type PeakOffset, quarterOffset } from "./decode-peaks.ts";
import { gaussianRadius } from "./encode-gaussians.ts";

/** First and second derivatives of a surface. */
interface Derivatives {
  readonly dx: number;
  readonly dy: number;
  readonly dxx: number;
  readonly dxy: number;
  readonly dyy: number;
}

/** Nearer to the edge than this, in cells, blurring loses so much of a Gaussian that its peak moves by 0.1 cell. */
const EDGE = 4;

/** Derivatives at the middle of a patch, from its value dx cells right and dy down. */
export type Stencil = (at: (dx: number, dy: number) => number) => Derivatives;

/**
 * Refines a peak by a second-order Taylor expansion of the blurred heatmap's logarithm, as DARK and UDP do; near the
 * edge by {@link edgeOffset}; by the quarter offset where the expansion has no maximum.
 */
export function taylorOffset(stencil: Stencil, sigma: number): PeakOffset {
  const atEdge = edgeOffset(sigma);
  return (heatmaps, size, column, row, k) => {
    const distance = Math.min(column, row, size[1] - 1 - column, size[0] - 1 - row);
    if (distance < EDGE) return atEdge(heatmaps, size, column, row, k);
    const patch = logPatch(heatmaps, size, column, row, k);
    const step = newtonStep(stencil((dx, dy) => patchValue(patch, dx, dy)));
    return step ?? quarterOffset(heatmaps, size, column, row, k);
  };
}

/** The patch reaches this many cells from the peak. */
const PATCH_RADIUS = 2;
const SIDE = 2 * PATCH_RADIUS + 1;

/** Blur that makes a network's heatmap look like a Gaussian again: 11 cells wide, OpenCV's sigma for that width. */
const BLUR_RADIUS = 5;
const BLUR = blurKernel(2);

/** Blurred values below this are noise. */
const SMALLEST_BLURRED = 1e-10;

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
function logPatch(
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
    return Math.log(Math.max(SMALLEST_BLURRED, sum));
  });
}

/** The value dx cells right and dy down of the patch's middle. */
function patchValue(patch: Float64Array, dx: number, dy: number): number {
  return patch[(dy + PATCH_RADIUS) * SIDE + dx + PATCH_RADIUS] as number;
}

function blurKernel(sigma: number): readonly number[] {
  const weights = Array.from({ length: 2 * BLUR_RADIUS + 1 }, (_, i) =>
    Math.exp(-((i - BLUR_RADIUS) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight);
  return weights.map((weight) => weight / total);
}

/** A peak further than this from its highest cell is noise, in cells. */
const MAX_OFFSET = 1;

/**
 * Where the parabola with these derivatives has its maximum: minus the inverse Hessian times the gradient.
 *
 * @returns Offset in cells, or undefined if there is no maximum, or none near.
 */
function newtonStep({ dx, dy, dxx, dxy, dyy }: Derivatives): [x: number, y: number] | undefined {
  const determinant = dxx * dyy - dxy ** 2;
  if (!(dxx < 0 && determinant > 0)) return undefined;
  const x = (dxy * dy - dyy * dx) / determinant;
  const y = (dxy * dx - dxx * dy) / determinant;
  return Math.abs(x) <= MAX_OFFSET && Math.abs(y) <= MAX_OFFSET ? [x, y] : undefined;
}

/** Far below the tail of any Gaussian worth decoding; its logarithm is finite. */
const SMALLEST_VALUE = 1e-30;

/**
 * Refines a peak near the edge of a heatmap, where blurring would mix in what is not there: on each axis, the maximum
 * of the parabola through the logarithms of the peak and its two neighbours.
 *
 * On the very edge there is one neighbour, and the keypoint may lie outside: COCO's boxes leave some out. How steeply a
 * Gaussian of known width falls tells how far out, up to the radius that it was rendered with.
 *
 * @param sigma Standard deviation of the Gaussians, cells.
 */
function edgeOffset(sigma: number): PeakOffset {
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
  return Math.log(Math.max(SMALLEST_VALUE, value ?? 0));
}
