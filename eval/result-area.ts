import type { KeypointResult } from "./keypoint-data.ts";

/**
 * Area of a detection, square pixels, which decides whether an unmatched one counts in an area range: its box's where
 * that is asked for, else that of the upright rectangle around all its keypoints, unlabelled ones at (0, 0) included.
 */
export function resultArea({ box, keypoints }: KeypointResult, fromBox: boolean): number {
  if (fromBox && box) return box[2] * box[3];
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [top, bottom] = [left, right];
  for (let i = 0; i + 1 < keypoints.length; i += 3) {
    const x = keypoints[i] as number;
    const y = keypoints[i + 1] as number;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return (right - left) * (bottom - top);
}

/** How a set of results gets its areas. */
export type ResultArea = (result: KeypointResult) => number;

/** As in pycocotools: from the boxes of all results if the first one has a box, else from the keypoints of all. */
export function areaByFirstResult(first: KeypointResult): ResultArea {
  const fromBox = first.box !== undefined;
  return (result) => resultArea(result, fromBox);
}

/** Each result's own box gives its area, or its keypoints where it has none. */
export const areaByOwnBox: ResultArea = (result) => resultArea(result, true);
