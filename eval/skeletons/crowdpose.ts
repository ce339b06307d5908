import type { Skeleton } from "./skeleton.ts";

/**
 * CrowdPose's labelling spreads: COCO's, with the shoulders' for head and neck.
 *
 * Source: Li et al., CVPR 2019 (arXiv 1812.00324); values as in xtcocotools 1.14.
 */
export const CROWDPOSE_SIGMAS: readonly number[] = [
  0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89, 0.79, 0.79,
].map((tenfold) => tenfold / 10);

/** The 14 keypoints of CrowdPose's persons. */
export const CROWDPOSE_SKELETON: Skeleton = {
  name: "crowdpose",
  keypoints: [
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
    "head",
    "neck",
  ],
  flipPairs: [
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
    [8, 9],
    [10, 11],
  ],
  edges: [
    [10, 8],
    [8, 6],
    [11, 9],
    [9, 7],
    [6, 7],
    [0, 6],
    [1, 7],
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 4],
    [3, 5],
    [12, 13],
    [0, 13],
    [1, 13],
  ],
  sigmas: CROWDPOSE_SIGMAS,
};
