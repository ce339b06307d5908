import { type RandomCase, randomCase } from "./random-case.ts";

/** A random mix of 14 keypoints, with a crowd index for each image. */
export interface RandomCrowdCase extends RandomCase {
  readonly crowdIndices: ReadonlyMap<number, number>;
}

/** On the edges of the levels, and between. */
const CROWD_INDICES = [0, 0.1, 0.2, 0.5, 0.8, 0.9];

/** The CrowdPose case of a seed; undefined where the seed's mix has another skeleton or ids below 0. */
export function randomCrowdCase(seed: number): RandomCrowdCase | undefined {
  const { truth, results, params } = randomCase(seed);
  const isUsable = params.sigmas?.length === 14 && truth.annotations.every(({ id }) => id >= 0);
  if (!isUsable || results.length === 0) return undefined;
  const crowdIndices = new Map(truth.imageIds.map((id, i) => [id, CROWD_INDICES[(i + seed) % 6] as number]));
  // Now and then a result without any scored keypoint.
  const unscored = results.map((result, i) =>
    i % 9 === 4
      ? { ...result, keypoints: Array.from(result.keypoints, (v, k) => (k % 3 === 2 ? 0 : v)) }
      : result,
  );
  return { truth, results: unscored, params: {}, crowdIndices };
}
