import type { PixelConvention } from "../crop/crop-geometry.ts";
import { decodePeaks, quarterOffset } from "./decode-peaks.ts";
import { encodeExactGaussians, encodeStamps, gaussianStamp } from "./encode-gaussians.ts";
import type { HeatmapCodec, HeatmapGrid } from "./heatmap-codec.ts";
import { type Stencil, taylorOffset } from "./taylor-offset.ts";

/** Every codec, by the name a config gives it. */
const CODECS = {
  gaussian: gaussianCodec,
  dark: darkCodec,
  udp: udpCodec,
} as const satisfies Record<string, (grid: HeatmapGrid) => CodecOfGrid>;

type CodecOfGrid = Omit<HeatmapCodec, "name" | "grid">;

type CodecName = keyof typeof CODECS;

export const CODEC_NAMES = Object.keys(CODECS) as readonly CodecName[];

/** The standard deviation of Gaussians for 64x48 heatmaps, in cells (SimpleBaseline, HRNet). */
export const DEFAULT_SIGMA = 2;

/** @throws {RangeError} If there is no codec of that name, or the grid cannot be one. */
export function createCodec(name: string, grid: HeatmapGrid): HeatmapCodec {
  if (!Object.hasOwn(CODECS, name)) {
    throw new RangeError(`codec: expected one of ${CODEC_NAMES.join(", ")}, got ${JSON.stringify(name)}`);
  }
  if (!(grid.sigma > 0)) throw new RangeError(`codec: expected sigma > 0 cells, got ${grid.sigma}`);
  for (const side of [...grid.inputSize, ...grid.heatmapSize]) {
    if (!(Number.isInteger(side) && side > 1)) {
      throw new RangeError(`codec: expected sizes of whole pixels and cells above 1, got ${side}`);
    }
  }
  return { name, grid, ...CODECS[name as CodecName](grid) };
}

/**
 * The classic codec: unnormalised Gaussians (peak 1) on the nearest cell, found again by their highest cell, moved a
 * quarter of a cell towards its higher neighbour on each axis.
 *
 * Source: Xiao et al., ECCV 2018 (arXiv 1804.06208); Newell et al., ECCV 2016 (arXiv 1603.06937) for the quarter.
 */
function gaussianCodec(grid: HeatmapGrid): CodecOfGrid {
  const stride = strideOf(grid, "plain");
  const stamp = gaussianStamp(grid.sigma);
  return {
    convention: "plain",
    flipShift: 1,
    encode: (points, heatmaps, weights) => encodeStamps(points, grid, stride, stamp, heatmaps, weights),
    decode: (heatmaps) => decodePeaks(heatmaps, grid.heatmapSize, stride, quarterOffset),
  };
}

/**
 * DARK: Gaussians centred exactly on the keypoints, found again by a second-order Taylor expansion of the blurred
 * heatmap's logarithm around its highest cell.
 *
 * Source: Zhang et al., "Distribution-Aware Coordinate Representation for Human Pose Estimation", CVPR 2020
 * (arXiv 1910.06278).
 */
function darkCodec(grid: HeatmapGrid): CodecOfGrid {
  const stride = strideOf(grid, "plain");
  const offset = taylorOffset(DARK_STENCIL, grid.sigma);
  return {
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

/**
 * UDP: DARK's Gaussians on a grid measured from the first pixel centre to the last, so that mirroring moves nothing and
 * flip tests need no shift.
 *
 * Source: Huang et al., "The Devil is in the Details: Delving into Unbiased Data Processing for Human Pose
 * Estimation", CVPR 2020 (arXiv 1911.07524).
 */
function udpCodec(grid: HeatmapGrid): CodecOfGrid {
  const stride = strideOf(grid, "udp");
  const offset = taylorOffset(UDP_STENCIL, grid.sigma);
  return {
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

/** Crop pixels from one heatmap cell to the next, [down, across]. */
export function strideOf(
  { inputSize, heatmapSize }: HeatmapGrid,
  convention: PixelConvention,
): [number, number] {
  const lost = convention === "udp" ? 1 : 0;
  return [(inputSize[0] - lost) / (heatmapSize[0] - lost), (inputSize[1] - lost) / (heatmapSize[1] - lost)];
}
