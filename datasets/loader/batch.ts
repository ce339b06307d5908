import type { BoxTuple } from "../../eval/keypoint-data.ts";
import type { CropGeometry } from "../crop/crop-geometry.ts";

/**
 * What a network eats in one step. The arrays belong to the loader and are overwritten once the next batch is asked
 * for: copy what is to stay.
 */
export interface Batch {
  /** Which step of its epoch this is, from 0. */
  readonly step: number;
  /** Number of samples, B. */
  readonly size: number;
  /** [B, H, W, 3], normalised. */
  readonly images: Float32Array;
  /** [B, h, w, K]; empty when the loader makes no targets. */
  readonly heatmaps: Float32Array;
  /** [B, K]; empty when the loader makes no targets. */
  readonly weights: Float32Array;
  /** The region of each image: maps heatmap cells and crop pixels back to it. */
  readonly crops: readonly CropGeometry[];
  readonly imageIds: readonly number[];
  readonly annotationIds: readonly number[];
  readonly boxes: readonly BoxTuple[];
  /** Milliseconds that whoever asked for the batch waited for it. */
  readonly waitedMs: number;
}
