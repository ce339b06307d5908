/** A kind of body: what its keypoints are called, how they mirror, how they connect, how precisely people label them. */
export interface Skeleton {
  readonly name: string;
  /** Keypoint names, in the order of the data. */
  readonly keypoints: readonly string[];
  /** Pairs of keypoint indices that swap when the image is mirrored. */
  readonly flipPairs: readonly (readonly [number, number])[];
  /** Limbs: pairs of keypoint indices to draw a line between. */
  readonly edges: readonly (readonly [number, number])[];
  /** Standard deviation of human labelling per keypoint, relative to the square root of the person's area. */
  readonly sigmas: readonly number[];
}

/** For each keypoint the index of its left/right counterpart, or its own where it has none. */
export function mirroredKeypoints({
  keypoints,
  flipPairs,
}: Pick<Skeleton, "keypoints" | "flipPairs">): number[] {
  const mirror = keypoints.map((_, keypoint) => keypoint);
  for (const [left, right] of flipPairs) {
    mirror[left] = right;
    mirror[right] = left;
  }
  return mirror;
}
