/** x, y (top left corner), width, height, in image pixels. */
export type BoxTuple = readonly [x: number, y: number, width: number, height: number];

/** One labelled person (or crowd) of one image: what a result is compared with. */
export interface TruthAnnotation {
  readonly id: number;
  readonly imageId: number;
  readonly categoryId: number;
  /** x, y, visibility (0 unlabelled, 1 hidden, 2 visible) of each keypoint, flat: 3 numbers a keypoint. */
  readonly keypoints: ArrayLike<number>;
  /** As stored in the file, never recounted: 0 makes the annotation ignored. */
  readonly numKeypoints: number;
  readonly box: BoxTuple;
  /** Segment area, square pixels. */
  readonly area: number;
  readonly isCrowd: boolean;
}

/** Ground truth of a set of images. */
export interface KeypointTruth {
  readonly imageIds: readonly number[];
  readonly categoryIds: readonly number[];
  readonly annotations: readonly TruthAnnotation[];
}

/** One detected person. */
export interface KeypointResult {
  readonly imageId: number;
  readonly categoryId: number;
  /** x, y, score (or visibility: never read) of each keypoint, flat: 3 numbers a keypoint. */
  readonly keypoints: ArrayLike<number>;
  readonly score: number;
  readonly box?: BoxTuple;
}
