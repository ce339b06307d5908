import type { Skeleton } from "./skeleton.ts";

/**
 * COCO's labelling spreads. Written as quotients on purpose: five of them differ in the last bit from the decimal
 * (`.26 / 10 !== .026`), and COCO's numbers come from the quotients.
 *
 * Source: Ruggero Ronchi & Perona, ICCV 2017; pycocotools 2.0.11, `Params.setKpParams`.
 */
export const COCO_SIGMAS: readonly number[] = [
  0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89,
].map((tenfold) => tenfold / 10);

/** The 17 keypoints of COCO's persons (indices are 0-based; COCO's own `skeleton` field counts from 1). */
export const COCO_SKELETON: Skeleton = {
  name: "coco",
  keypoints: [
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
  ],
  flipPairs: [
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
    [9, 10],
    [11, 12],
    [13, 14],
    [15, 16],
  ],
  edges: [
    [15, 13],
    [13, 11],
    [16, 14],
    [14, 12],
    [11, 12],
    [5, 11],
    [6, 12],
    [5, 6],
    [5, 7],
    [6, 8],
    [7, 9],
    [8, 10],
    [1, 2],
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 4],
    [3, 5],
    [4, 6],
  ],
  sigmas: COCO_SIGMAS,
};
