/**
 * Refuses a record whose keypoints do not fit the skeleton.
 *
 * @param where File and record, to begin the message with.
 * @throws {RangeError} If there are not three numbers for each of `numKeypoints`.
 */
export function requireKeypoints(where: string, keypoints: ArrayLike<number>, numKeypoints: number): void {
  if (keypoints.length === 3 * numKeypoints) return;
  throw new RangeError(
    `${where}: expected ${3 * numKeypoints} keypoint numbers (x, y, score of ${numKeypoints}), got ${keypoints.length}`,
  );
}
