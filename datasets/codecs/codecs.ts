import { decodePeaks, quarterOffset } from "./decode-peaks.ts";
import { encodeExactGaussians, gaussianRadius, reachesHeatmap } from "./encode-gaussians.ts";
import { type HeatmapCodec, type HeatmapGrid, strideOf } from "./heatmap-codec.ts";
import { type Stencil, taylorOffset } from "./taylor-offset.ts";

/** Every codec, by the name a config gives it. */
export const CODECS = {
  gaussian: gaussianCodec,
  dark: darkCodec,
  udp: udpCodec,
} as const satisfies Record<string, (grid: HeatmapGrid) => HeatmapCodec>;

export type CodecName = keyof typeof CODECS;

export const CODEC_NAMES = Object.keys(CODECS) as readonly CodecName[];

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
  return CODECS[name as CodecName](grid);
}

/**
 * The classic codec: unnormalised Gaussians (peak 1) on the nearest cell, found again by their highest cell, moved a
 * quarter of a cell towards its higher neighbour on each axis.
 *
 * Source: Xiao et al., ECCV 2018 (arXiv 1804.06208); Newell et al., ECCV 2016 (arXiv 1603.06937) for the quarter.
 */
export function gaussianCodec(grid: HeatmapGrid): HeatmapCodec {
  const stride = strideOf(grid, "plain");
  const stamp = gaussianStamp(grid.sigma);
  return {
    name: "gaussian",
    grid,
    convention: "plain",
    flipShift: 1,
    encode(points, heatmaps, weights) {
      heatmaps.fill(0);
      for (let k = 0; k < weights.length; k += 1) {
        const x = (points[3 * k] as number) / stride[1];
        const y = (points[3 * k + 1] as number) / stride[0];
        const labelled = (points[3 * k + 2] as number) > 0;
        weights[k] = labelled && reachesHeatmap(x, y, grid.heatmapSize, grid.sigma) ? 1 : 0;
        if (weights[k] === 0) continue;
        placeStamp(stamp, heatmaps, grid, Math.floor(x + 0.5), Math.floor(y + 0.5), k);
      }
    },
    decode: (heatmaps) => decodePeaks(heatmaps, grid.heatmapSize, stride, quarterOffset),
  };
}

/** A square of Gaussian values, 2 · radius + 1 cells a side. */
interface Stamp {
  readonly radius: number;
  readonly values: Float32Array;
}

function gaussianStamp(sigma: number): Stamp {
  const radius = gaussianRadius(sigma);
  const side = 2 * radius + 1;
  const values = Float32Array.from({ length: side * side }, (_, i) => {
    const dx = (i % side) - radius;
    const dy = Math.floor(i / side) - radius;
    return Math.exp(-(dx ** 2 + dy ** 2) / (2 * sigma ** 2));
  });
  return { radius, values };
}

/** Copies what of the stamp falls inside into channel `k`. */
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
