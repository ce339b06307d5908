import { decodePeaks } from "./decode-peaks.ts";
import { encodeExactGaussians } from "./exact-gaussians.ts";
import { type HeatmapCodec, type HeatmapGrid, strideOf } from "./heatmap-codec.ts";
import { type Stencil, taylorOffset } from "./taylor-offset.ts";

/**
 * DARK: Gaussians centred exactly on the keypoints, found again by a second-order Taylor expansion of the blurred
 * heatmap's logarithm around its highest cell.
 *
 * Source: Zhang et al., "Distribution-Aware Coordinate Representation for Human Pose Estimation", CVPR 2020
 * (arXiv 1910.06278).
 */
export function darkCodec(grid: HeatmapGrid): HeatmapCodec {
  const stride = strideOf(grid, "plain");
  const offset = taylorOffset(DARK_STENCIL, grid.sigma);
  return {
    name: "dark",
    grid,
    convention: "plain",
    flipShift: 1,
    encode: (points, heatmaps, weights) => encodeExactGaussians(points, grid, stride, heatmaps, weights),
    decode: (heatmaps) => decodePeaks(heatmaps, grid.heatmapSize, stride, offset),
  };
}

/** Second derivatives over two cells, as in DARK's paper. */
const DARK_STENCIL: Stencil = (at) => ({
  dx: (at(1, 0) - at(-1, 0)) / 2,
  dy: (at(0, 1) - at(0, -1)) / 2,
  dxx: (at(2, 0) - 2 * at(0, 0) + at(-2, 0)) / 4,
  dxy: (at(1, 1) - at(-1, 1) - at(1, -1) + at(-1, -1)) / 4,
  dyy: (at(0, 2) - 2 * at(0, 0) + at(0, -2)) / 4,
});
