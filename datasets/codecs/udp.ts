import { decodePeaks } from "./decode-peaks.ts";
import { encodeExactGaussians } from "./exact-gaussians.ts";
import { type HeatmapCodec, type HeatmapGrid, strideOf } from "./heatmap-codec.ts";
import { type Stencil, taylorOffset } from "./taylor-offset.ts";

/**
 * UDP: DARK's Gaussians on a grid measured from the first pixel centre to the last, so that mirroring moves nothing and
 * flip tests need no shift.
 *
 * Source: Huang et al., "The Devil is in the Details: Delving into Unbiased Data Processing for Human Pose
 * Estimation", CVPR 2020 (arXiv 1911.07524).
 */
export function udpCodec(grid: HeatmapGrid): HeatmapCodec {
  const stride = strideOf(grid, "udp");
  const offset = taylorOffset(UDP_STENCIL, grid.sigma);
  return {
    name: "udp",
    grid,
    convention: "udp",
    flipShift: 0,
    encode: (points, heatmaps, weights) => encodeExactGaussians(points, grid, stride, heatmaps, weights),
    decode: (heatmaps) => decodePeaks(heatmaps, grid.heatmapSize, stride, offset),
  };
}

/** Second derivatives over neighbouring cells, as in UDP's code. */
const UDP_STENCIL: Stencil = (at) => ({
  dx: (at(1, 0) - at(-1, 0)) / 2,
  dy: (at(0, 1) - at(0, -1)) / 2,
  dxx: at(1, 0) - 2 * at(0, 0) + at(-1, 0),
  dxy: (at(1, 1) - at(1, 0) - at(0, 1) + 2 * at(0, 0) - at(-1, 0) - at(0, -1) + at(-1, -1)) / 2,
  dyy: at(0, 1) - 2 * at(0, 0) + at(0, -1),
});
