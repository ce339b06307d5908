/** What is wrong with the keypoints of a record, to follow "expected"; nothing where there are three numbers each. */
export function keypointsFault(keypoints: ArrayLike<number>, numKeypoints: number): string | undefined {
  if (keypoints.length === 3 * numKeypoints) return undefined;
  return `${3 * numKeypoints} keypoint numbers (x, y, score of ${numKeypoints}), got ${keypoints.length}`;
}
