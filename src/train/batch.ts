/** What a step learns from. B persons; the arrays may be reused once the next batch is asked for. */
export interface Batch {
  /** B. */
  readonly size: number;
  /** [B, H, W, 3], normalised, row-major. */
  readonly images: Float32Array;
  /** [B, h, w, K]: the target. */
  readonly heatmaps: Float32Array;
  /** [B, K]: 0 where a keypoint's place is unknown. */
  readonly weights: Float32Array;
  readonly imageIds: readonly number[];
  readonly annotationIds: readonly number[];
  /** Time the step had to wait for this batch, milliseconds. */
  readonly waitedMs: number;
}

/** Batches by their position: the same epoch and start always give the same ones. The data set's loader is one. */
export interface BatchSource {
  /** Batches of a whole epoch. */
  readonly stepsPerEpoch: number;
  epoch(epoch: number, firstBatch?: number): AsyncIterable<Batch>;
}
