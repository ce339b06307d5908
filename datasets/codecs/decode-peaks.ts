import type { DecodedKeypoints } from "./heatmap-codec.ts";

type Size = readonly [height: number, width: number];

/** How far from its highest cell a keypoint is, in cells. */
export type PeakOffset = (
  heatmaps: Float32Array,
  size: Size,
  column: number,
  row: number,
  k: number,
) => readonly [dx: number, dy: number];

/**
 * Finds each keypoint in heatmaps [h, w, K]: its highest cell, moved by an offset.
 *
 * @param stride Crop pixels a cell, [down, across].
 */
export function decodePeaks(
  heatmaps: Float32Array,
  size: Size,
  [strideY, strideX]: readonly [number, number],
  offset: PeakOffset,
): DecodedKeypoints {
  const { columns, rows, scores } = findPeaks(heatmaps, size);
  const points = new Float64Array(scores.length * 2);
  for (let k = 0; k < scores.length; k += 1) {
    const column = columns[k] as number;
    const row = rows[k] as number;
    const [dx, dy] = offset(heatmaps, size, column, row, k);
    points[2 * k] = (column + dx) * strideX;
    points[2 * k + 1] = (row + dy) * strideY;
  }
  return { points, scores };
}

/** The highest cell of each keypoint's heatmap. */
interface Peaks {
  readonly columns: Int32Array;
  readonly rows: Int32Array;
  /** Value of that cell. */
  readonly scores: Float64Array;
}

/** Finds the highest cell of each channel of heatmaps [h, w, K]; of equal ones, the first in reading order. */
function findPeaks(heatmaps: Float32Array, [height, width]: readonly [number, number]): Peaks {
  const cells = height * width;
  const numKeypoints = heatmaps.length / cells;
  const scores = new Float64Array(numKeypoints).fill(Number.NEGATIVE_INFINITY);
  const best = new Int32Array(numKeypoints);
  for (let cell = 0, i = 0; cell < cells; cell += 1) {
    for (let k = 0; k < numKeypoints; k += 1, i += 1) {
      const value = heatmaps[i] as number;
      if (value > (scores[k] as number)) {
        scores[k] = value;
        best[k] = cell;
      }
    }
  }
  return {
    columns: best.map((cell) => cell % width),
    rows: best.map((cell) => Math.floor(cell / width)),
    scores,
  };
}

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
