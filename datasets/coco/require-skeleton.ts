import type { Skeleton } from "../../eval/skeleton.ts";
import type { CocoKeypoints } from "./coco-keypoints.ts";

/**
 * Refuses data whose keypoints are others than a skeleton's. Categories that do not name theirs are taken to fit; the
 * number of keypoints of each person is checked where they are read.
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
