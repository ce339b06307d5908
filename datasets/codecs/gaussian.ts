import { findPeaks } from "./find-peaks.ts";
import { type HeatmapCodec, type HeatmapGrid, strideOf } from "./heatmap-codec.ts";

/** Gaussians end this many standard deviations from their centre. */
const RADIUS_SIGMAS = 3;

/**
 * The classic codec: unnormalised Gaussians (peak 1) on the nearest cell, found again by their highest cell, moved a
 * quarter of a cell towards its higher neighbour on each axis.
 *
 * Source: Xiao et al., ECCV 2018 (arXiv 1804.06208); Newell et al., ECCV 2016 (arXiv 1603.06937) for the quarter.
 */
export function gaussianCodec(grid: HeatmapGrid): HeatmapCodec {
  const [strideY, strideX] = strideOf(grid, "plain");
  const stamp = gaussianStamp(grid.sigma);
  return {
    name: "gaussian",
    grid,
    convention: "plain",
    flipShift: 1,
    encode(points, heatmaps, weights) {
      heatmaps.fill(0);
      for (let k = 0; k < weights.length; k += 1) {
        const column = Math.floor((points[3 * k] as number) / strideX + 0.5);
        const row = Math.floor((points[3 * k + 1] as number) / strideY + 0.5);
        const labelled = (points[3 * k + 2] as number) > 0;
        weights[k] =
          labelled && placeStamp(stamp, heatmaps, grid.heatmapSize, column, row, k, weights.length) ? 1 : 0;
      }
    },
    decode(heatmaps) {
      const { columns, rows, scores } = findPeaks(heatmaps, grid.heatmapSize);
      const points = new Float64Array(scores.length * 2);
      for (let k = 0; k < scores.length; k += 1) {
        const [dx, dy] = quarterOffset(
          heatmaps,
          grid.heatmapSize,
          columns[k] as number,
          rows[k] as number,
          k,
        );
        points[2 * k] = ((columns[k] as number) + dx) * strideX;
        points[2 * k + 1] = ((rows[k] as number) + dy) * strideY;
      }
      return { points, scores };
    },
  };
}

/** A square of Gaussian values, 2 · radius + 1 cells a side. */
interface Stamp {
  readonly radius: number;
  readonly values: Float32Array;
}

function gaussianStamp(sigma: number): Stamp {
  const radius = Math.ceil(RADIUS_SIGMAS * sigma);
  const side = 2 * radius + 1;
  const values = new Float32Array(side * side);
  for (let i = 0; i < values.length; i += 1) {
    const dx = (i % side) - radius;
    const dy = Math.floor(i / side) - radius;
    values[i] = Math.exp(-(dx ** 2 + dy ** 2) / (2 * sigma ** 2));
  }
  return { radius, values };
}

/** Copies what of the stamp falls inside into channel `k`; false if nothing does. */
function placeStamp(
  { radius, values }: Stamp,
  heatmaps: Float32Array,
  [height, width]: readonly [number, number],
  column: number,
  row: number,
  k: number,
  numKeypoints: number,
): boolean {
  const left = Math.max(0, column - radius);
  const right = Math.min(width - 1, column + radius);
  const top = Math.max(0, row - radius);
  const bottom = Math.min(height - 1, row + radius);
  const side = 2 * radius + 1;
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) {
      const value = values[(y - row + radius) * side + x - column + radius] as number;
      heatmaps[(y * width + x) * numKeypoints + k] = value;
    }
  }
  return left <= right && top <= bottom;
}

/** A quarter of a cell towards the higher neighbour, on each axis that has both. */
export function quarterOffset(
  heatmaps: Float32Array,
  [height, width]: readonly [number, number],
  column: number,
  row: number,
  k: number,
): [dx: number, dy: number] {
  const numKeypoints = heatmaps.length / (height * width);
  const at = (x: number, y: number) => heatmaps[(y * width + x) * numKeypoints + k] as number;
  const hasSides = column > 0 && column < width - 1;
  const hasEnds = row > 0 && row < height - 1;
  return [
    hasSides ? 0.25 * Math.sign(at(column + 1, row) - at(column - 1, row)) : 0,
    hasEnds ? 0.25 * Math.sign(at(column, row + 1) - at(column, row - 1)) : 0,
  ];
}
