import { findPeaks } from "./find-peaks.ts";
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
