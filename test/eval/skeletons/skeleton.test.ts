import { expect, test } from "vitest";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";
import { CROWDPOSE_SKELETON } from "../../../eval/skeletons/crowdpose.ts";
import { mirroredKeypoints } from "../../../eval/skeletons/skeleton.ts";

const otherSide = (name: string): string =>
  name.startsWith("left_") ? name.replace("left_", "right_") : name.replace("right_", "left_");

test.each([COCO_SKELETON, CROWDPOSE_SKELETON])(
  "in the mirror every keypoint of $name is its other side, and what has no sides is itself",
  (skeleton) => {
    const mirror = mirroredKeypoints(skeleton);
    expect(mirror.map((keypoint) => skeleton.keypoints[keypoint])).toEqual(skeleton.keypoints.map(otherSide));
  },
);

test("the mirror of a mirror is the keypoint itself, and the nose is its own", () => {
  const mirror = mirroredKeypoints(COCO_SKELETON);
  expect(mirror.map((keypoint) => mirror[keypoint])).toEqual([...mirror.keys()]);
  expect(mirror[0]).toBe(0);
  expect(mirror[9]).toBe(10); // wrists
});
