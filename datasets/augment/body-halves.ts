import type { Skeleton } from "../../eval/skeleton.ts";

const LOWER_BODY = /hip|pelvis|knee|ankle|foot|heel|toe/i;

/** Whether each keypoint of a skeleton belongs to the lower half of the body, by its name. */
export function isLowerBody(skeleton: Skeleton): readonly boolean[] {
  return skeleton.keypoints.map((name) => LOWER_BODY.test(name));
}
