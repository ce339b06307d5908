import type { Box } from "../../datasets/crop/crop-geometry.ts";
import { areaOfBox, objectKeypointSimilarity } from "../../eval/oks.ts";

/** Image pixels. */
export interface TrackKeypoint {
  readonly x: number;
  readonly y: number;
  /** About 0 to 1. */
  readonly score: number;
}

/** What tracking reads of a pose: one person in one frame. */
export interface TrackPose {
  /** In the skeleton's order. */
  readonly keypoints: readonly TrackKeypoint[];
  /** How sure the person is; about 0 to 1. */
  readonly score: number;
}

/** Keypoints below it say nothing about where the person is. */
export const SEEN_SCORE = 0.2;

/** The rectangle around the keypoints that are seen. Undefined where fewer than two are, or where they lie on a line. */
function extentOf(keypoints: readonly TrackKeypoint[]): Box | undefined {
  const seen = keypoints.filter(({ score }) => score >= SEEN_SCORE);
  const xs = seen.map(({ x }) => x);
  const ys = seen.map(({ y }) => y);
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  const width = Math.max(...xs) - x;
  const height = Math.max(...ys) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** Room around the keypoints, as a share of the longer side: heads, hands and feet reach past their keypoints. */
const ROOM = 0.15;

/** A person's box around the keypoints that are seen, with room. */
export function boxAround(keypoints: readonly TrackKeypoint[]): Box | undefined {
  const extent = extentOf(keypoints);
  if (!extent) return undefined;
  const room = ROOM * Math.max(extent.width, extent.height);
  return {
    x: extent.x - room,
    y: extent.y - room,
    width: extent.width + 2 * room,
    height: extent.height + 2 * room,
  };
}

/**
 * How much two poses are the same: OKS over the keypoints that both show, at the mean of their areas.
 *
 * @param variances From `oksVariances`.
 * @returns 0 to 1; 0 where they show no keypoint in common.
 */
export function poseSimilarity(
  a: readonly TrackKeypoint[],
  b: readonly TrackKeypoint[],
  variances: Float64Array,
): number {
  const truth = new Float64Array(3 * a.length);
  const other = new Float64Array(3 * a.length);
  let common = 0;
  for (const [k, one] of a.entries()) {
    const two = b[k];
    if (!two || one.score < SEEN_SCORE || two.score < SEEN_SCORE) continue;
    truth.set([one.x, one.y, 1], 3 * k);
    other.set([two.x, two.y, 1], 3 * k);
    common += 1;
  }
  if (common === 0) return 0;
  const area = (areaOf(a) + areaOf(b)) / 2;
  return objectKeypointSimilarity({ keypoints: truth, box: [0, 0, 0, 0] }, other, variances, area);
}

function areaOf(keypoints: readonly TrackKeypoint[]): number {
  const box = boxAround(keypoints);
  return box ? areaOfBox([box.x, box.y, box.width, box.height]) : 0;
}

/** Moves all keypoints by as much. */
export function shifted(
  keypoints: readonly TrackKeypoint[],
  dx: number,
  dy: number,
): readonly TrackKeypoint[] {
  return keypoints.map(({ x, y, score }) => ({ x: x + dx, y: y + dy, score }));
}

/** Mean displacement of the keypoints that both poses show; undefined where there are none. */
export function displacement(
  from: readonly TrackKeypoint[],
  to: readonly TrackKeypoint[],
): { dx: number; dy: number } | undefined {
  let dx = 0;
  let dy = 0;
  let common = 0;
  for (const [k, a] of from.entries()) {
    const b = to[k];
    if (!b || a.score < SEEN_SCORE || b.score < SEEN_SCORE) continue;
    dx += b.x - a.x;
    dy += b.y - a.y;
    common += 1;
  }
  return common > 0 ? { dx: dx / common, dy: dy / common } : undefined;
}
