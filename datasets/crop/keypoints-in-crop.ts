import { type Affine, applyAffine } from "./affine.ts";

/**
 * Moves keypoints (x, y, visibility) from an image into a crop of it.
 *
 * @param swapped Pairs of keypoints that change places: the skeleton's `flipPairs` if the crop is mirrored.
 */
export function keypointsInCrop(
  keypoints: ArrayLike<number>,
  toCrop: Affine,
  swapped: readonly (readonly [number, number])[],
): Float64Array {
  const source = Int32Array.from({ length: keypoints.length / 3 }, (_, k) => k);
  for (const [left, right] of swapped) {
    source[left] = right;
    source[right] = left;
  }
  const points = new Float64Array(keypoints.length);
  for (const [k, from] of source.entries()) {
    const { x, y } = applyAffine(toCrop, {
      x: keypoints[3 * from] as number,
      y: keypoints[3 * from + 1] as number,
    });
    points.set([x, y, keypoints[3 * from + 2] as number], 3 * k);
  }
  return points;
}
