import { decodePeaks } from "./decode-peaks.ts";
import { gaussianRadius, reachesHeatmap } from "./gaussian-reach.ts";
import { type HeatmapCodec, type HeatmapGrid, strideOf } from "./heatmap-codec.ts";
import { quarterOffset } from "./quarter-offset.ts";

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
