import type { PeakOffset } from "./decode-peaks.ts";

/** A quarter of a cell towards the higher neighbour, on each axis that has both. */
export const quarterOffset: PeakOffset = (heatmaps, [height, width], column, row, k) => {
  const numKeypoints = heatmaps.length / (height * width);
  const at = (x: number, y: number) => heatmaps[(y * width + x) * numKeypoints + k] as number;
  const hasSides = column > 0 && column < width - 1;
  const hasEnds = row > 0 && row < height - 1;
  return [
    hasSides ? 0.25 * Math.sign(at(column + 1, row) - at(column - 1, row)) : 0,
    hasEnds ? 0.25 * Math.sign(at(column, row + 1) - at(column, row - 1)) : 0,
  ];
};
