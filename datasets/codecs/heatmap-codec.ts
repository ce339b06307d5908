import type { InputSize, PixelConvention } from "../crop/crop-geometry.ts";

/** The two grids that a codec converts between. */
export interface HeatmapGrid {
  /** [H, W] of the network's input, pixels. */
  readonly inputSize: InputSize;
  /** [h, w] of its heatmaps, cells. */
  readonly heatmapSize: InputSize;
  /** Standard deviation of the Gaussians, cells. */
  readonly sigma: number;
}

/** Keypoints found in heatmaps. */
export interface DecodedKeypoints {
  /** x, y of each keypoint, in crop pixels: 2 numbers a keypoint. */
  readonly points: Float64Array;
  /** Height of each keypoint's peak. */
  readonly scores: Float64Array;
}

/** How keypoints become heatmaps to learn, and heatmaps keypoints: always used as a pair. */
export interface HeatmapCodec {
  readonly name: string;
  readonly grid: HeatmapGrid;
  /** How crops for this codec are cut. */
  readonly convention: PixelConvention;
  /**
   * Cells by which the heatmaps of a mirrored input, mirrored back, are to be moved right before averaging with the
   * plain ones.
   */
  readonly flipShift: number;
  /**
   * Renders keypoints.
   *
   * @param points x, y in crop pixels and visibility of each keypoint: 3 numbers a keypoint.
   * @param heatmaps [h, w, K], overwritten whole.
   * @param weights [K], overwritten: 1 where there is something to learn, 0 for an unlabelled keypoint or one whose
   * Gaussian misses the heatmap.
   */
  encode(points: ArrayLike<number>, heatmaps: Float32Array, weights: Float32Array): void;
  /** Finds each keypoint in heatmaps [h, w, K]. */
  decode(heatmaps: Float32Array): DecodedKeypoints;
}
