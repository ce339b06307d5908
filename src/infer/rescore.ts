/** Keypoints at or below this heatmap peak do not count towards a person's score. */
export const SCORE_THRESHOLD = 0.2;

/**
 * How sure we are of a person: the box's score times the mean of the keypoint scores above a threshold; 0 if none
 * is above it. Ranking by it, rather than by the box alone, is worth several AP with detector boxes.
 *
 * @param keypointScores Peak of each keypoint's heatmap, about 0 to 1.
 *
 * Source: Sun et al., CVPR 2019 (arXiv 1902.09212), its published evaluation.
 */
export function rescore(
  boxScore: number,
  keypointScores: ArrayLike<number>,
  threshold = SCORE_THRESHOLD,
): number {
  let sum = 0;
  let count = 0;
  for (let k = 0; k < keypointScores.length; k++) {
    const score = keypointScores[k] as number;
    if (!(score > threshold)) continue;
    sum += score;
    count++;
  }
  return count === 0 ? 0 : (boxScore * sum) / count;
}
