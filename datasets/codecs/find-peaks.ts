/** The highest cell of each keypoint's heatmap. */
export interface Peaks {
  readonly columns: Int32Array;
  readonly rows: Int32Array;
  /** Value of that cell. */
  readonly scores: Float64Array;
}

/** Finds the highest cell of each channel of heatmaps [h, w, K]; of equal ones, the first in reading order. */
export function findPeaks(heatmaps: Float32Array, [height, width]: readonly [number, number]): Peaks {
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
