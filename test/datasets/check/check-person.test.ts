import { expect, test } from "vitest";
import { swappedSides } from "../../../datasets/check/check-person.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";

/** Someone who stands upright and faces the viewer: the left side is on the right. */
const FRONT: Record<string, readonly [number, number]> = {
  nose: [100, 50],
  left_eye: [108, 42],
  right_eye: [92, 42],
  left_shoulder: [130, 90],
  right_shoulder: [70, 90],
  left_hip: [118, 180],
  right_hip: [82, 180],
};

function keypoints(points: typeof FRONT): number[] {
  return COCO_SKELETON.keypoints.flatMap((name) => (points[name] ? [...points[name], 2] : [0, 0, 0]));
}
const mirrorName = (name: string) =>
  name.startsWith("left_") ? name.replace("left_", "right_") : name.replace("right_", "left_");
const swapped = (points: typeof FRONT, which = "") =>
  Object.fromEntries(
    Object.entries(points).map(([name, at]) => [name.includes(which) ? mirrorName(name) : name, at]),
  );
const turned = (points: typeof FRONT, angle: number) =>
  Object.fromEntries(
    Object.entries(points).map(([name, [x, y]]): [string, [number, number]] => {
      const [dx, dy] = [x - 100, y - 100];
      return [
        name,
        [
          100 + dx * Math.cos(angle) - dy * Math.sin(angle),
          100 + dx * Math.sin(angle) + dy * Math.cos(angle),
        ],
      ];
    }),
  );
const check = (points: typeof FRONT) => swappedSides(keypoints(points), COCO_SKELETON.keypoints);

test("a person seen from the front is no suspect, whichever way up", () => {
  for (const angle of [0, 1, 2, 3, 4, 5]) expect(check(turned(FRONT, angle))).toBeUndefined();
});

test("a person seen from behind, without a face, is none either", () => {
  const { nose, left_eye, right_eye, ...body } = swapped(FRONT);
  expect([nose, left_eye, right_eye].every(Boolean)).toBe(true);
  expect(check(body)).toBeUndefined();
});

test("left and right mixed up on a face are found, whichever way up", () => {
  for (const angle of [0, 1, 2, 3, 4, 5]) expect(check(turned(swapped(FRONT), angle))).toMatch(/left eye/);
});

test("shoulders or hips mixed up alone make a torso whose sides cross", () => {
  expect(check(swapped(FRONT, "shoulder"))).toMatch(/sides cross/);
  expect(check(swapped(FRONT, "hip"))).toMatch(/sides cross/);
});

test("a profile is too close to call", () => {
  const profile = {
    ...FRONT,
    left_eye: [99, 42],
    right_eye: [101, 42],
    left_shoulder: [98, 90],
    right_shoulder: [102, 90],
  } as const;
  expect(check(profile)).toBeUndefined();
});

test("a skeleton of other keypoints is not judged", () => {
  expect(swappedSides([1, 2, 2], ["tip"])).toBeUndefined();
});
