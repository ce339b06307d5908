import type { TruthAnnotation } from "../../eval/keypoint-data.ts";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";

/** One image of a COCO file. */
export interface ImageRecord {
  readonly id: number;
  readonly fileName: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** CrowdPose only: how entangled its persons are, 0 to 1. */
  readonly crowdIndex?: number;
}

/** One labelled person (or crowd) of a COCO file. */
export interface PersonAnnotation extends TruthAnnotation {
  /** The file gives no area; the one here is an estimate, 0.53 of the box. */
  readonly areaEstimated?: boolean;
}

export interface CategoryRecord {
  readonly id: number;
  readonly name: string;
  /** Names, in the order of the data; empty where the file names none. */
  readonly keypoints: readonly string[];
}

/** A COCO keypoint annotation file. */
export interface CocoKeypoints {
  readonly file: string;
  readonly images: readonly ImageRecord[];
  readonly annotations: readonly PersonAnnotation[];
  readonly categories: readonly CategoryRecord[];
}

/**
 * Refuses data whose keypoints are not a skeleton's. Categories that do not name theirs are taken to fit; the number of
 * keypoints of each person is checked when they are read.
 *
 * @throws {RangeError} Naming file and category.
 */
export function requireSkeleton({ file, categories }: CocoKeypoints, skeleton: Skeleton): void {
  for (const { id, keypoints } of categories) {
    const different = keypoints.findIndex((name, k) => name !== skeleton.keypoints[k]);
    if (keypoints.length === 0) continue;
    if (different < 0 && keypoints.length === skeleton.keypoints.length) continue;
    const at = different < 0 ? keypoints.length : different;
    const [expected, got] = [skeleton.keypoints[at], keypoints[at]].map((name) => name ?? "none");
    throw new RangeError(
      `${file} category ${id}: expected the keypoints of skeleton ${skeleton.name}, ${expected} at place ${at + 1}, got ${got}; another skeleton is set with data.skeleton`,
    );
  }
}
