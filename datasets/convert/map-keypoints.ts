/**
 * Prepares the change from one skeleton's keypoints to another's, by name; what the first lacks is unlabelled.
 *
 * @returns A function on x, y, visibility triples.
 */
export function keypointMapper(
  from: readonly string[],
  to: readonly string[],
): (keypoints: readonly number[]) => number[] {
  const sources = to.map((name) => from.indexOf(name));
  return (keypoints) =>
    sources.flatMap((source) => (source < 0 ? [0, 0, 0] : keypoints.slice(3 * source, 3 * source + 3)));
}
