import type { BoxTuple } from "../../eval/keypoint-data.ts";

/** Room around the keypoints, as a share of the longer side of the rectangle around them: heads, hands and feet reach past their keypoints. */
const ROOM = 0.15;

/** A person's box where a data set has none: around the labelled keypoints, within the image. Undefined without any. */
export function boxOfKeypoints(
  keypoints: readonly number[],
  width: number,
  height: number,
): BoxTuple | undefined {
  const labelled = Array.from({ length: keypoints.length / 3 }, (_, index) =>
    keypoints.slice(3 * index, 3 * index + 3),
  ).filter(([, , visibility = 0]) => visibility > 0);
  const xs = labelled.map(([x = 0]) => x);
  const ys = labelled.map(([, y = 0]) => y);
  const extent = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const room = ROOM * extent;
  const left = Math.max(0, Math.min(...xs) - room);
  const top = Math.max(0, Math.min(...ys) - room);
  const right = Math.min(width, Math.max(...xs) + room);
  const bottom = Math.min(height, Math.max(...ys) + room);
  return right > left && bottom > top
    ? [round(left), round(top), round(right - left), round(bottom - top)]
    : undefined;
}

/** Hundredths of a pixel, as COCO's own boxes. */
const round = (value: number) => Math.round(value * 100) / 100;
