import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import type { TrackPose } from "../../src/track/pose-geometry.ts";

/** Where a standing person's keypoints are, in shares of the height around the middle. */
const STANDING: readonly (readonly [number, number])[] = [
  [0, -0.42],
  [0.02, -0.44],
  [-0.02, -0.44],
  [0.04, -0.43],
  [-0.04, -0.43],
  [0.11, -0.3],
  [-0.11, -0.3],
  [0.15, -0.14],
  [-0.15, -0.14],
  [0.16, 0],
  [-0.16, 0],
  [0.07, 0],
  [-0.07, 0],
  [0.08, 0.23],
  [-0.08, 0.23],
  [0.08, 0.45],
  [-0.08, 0.45],
];

/** A standing person around (x, y), `height` pixels tall. */
export function person(x: number, y: number, height = 200, score = 0.8): TrackPose {
  return {
    score,
    keypoints: STANDING.map(([dx, dy]) => ({ x: x + dx * height, y: y + dy * height, score })),
  };
}

/** A person in mid-stride: arms and legs swing with `phase`. */
export function walker(x: number, y: number, phase: number, height = 200, score = 0.8): TrackPose {
  const swing = Math.sin(phase) * 0.12 * height;
  const { keypoints } = person(x, y, height, score);
  const moves = new Map([9, 10, 13, 14, 15, 16].map((k) => [k, k % 2 === 0 ? -swing : swing]));
  return { score, keypoints: keypoints.map((point, k) => ({ ...point, x: point.x + (moves.get(k) ?? 0) })) };
}

export const SIGMAS = COCO_SKELETON.sigmas;
