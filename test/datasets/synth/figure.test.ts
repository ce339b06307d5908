import { expect, test } from "vitest";
import { sampleProportions } from "../../../datasets/synth/body.ts";
import { buildFigure, type Character, type Figure } from "../../../datasets/synth/figure.ts";
import { sampleOutfit } from "../../../datasets/synth/outfit.ts";
import { samplePose } from "../../../datasets/synth/pose-angles.ts";
import { randomStream } from "../../../datasets/synth/random-stream.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";

const character = (yawDegrees: number): Character => {
  const random = randomStream("figure");
  return {
    pose: samplePose("stand", 0, random),
    lengths: sampleProportions(random),
    outfit: { ...sampleOutfit(random), hairStyle: "short" },
    view: { yaw: (yawDegrees * Math.PI) / 180, pitch: 0, roll: 0, pixelsPerHeight: 200 },
  };
};
const keypoint = (figure: Figure, name: string) => {
  const found = figure.keypoints[COCO_SKELETON.keypoints.indexOf(name)];
  if (found === undefined) throw new Error(`no keypoint ${name}`);
  return found;
};
const x = (figure: Figure, name: string) => keypoint(figure, name).at[0];
const partOrder = (figure: Figure) => figure.parts.map(({ name }) => name);

test("a figure has COCO's keypoints, each on parts it is made of", () => {
  const figure = buildFigure(character(0), [100, 100]);
  expect(figure.keypoints).toHaveLength(COCO_SKELETON.keypoints.length);
  for (const { parts } of figure.keypoints) {
    for (const part of parts) expect(partOrder(figure)).toContain(part);
  }
});

test("from the front the left side is on the right, and the whole face is seen", () => {
  const figure = buildFigure(character(0), [100, 100]);
  for (const [left, right] of COCO_SKELETON.flipPairs) {
    const [leftX, rightX] = [figure.keypoints[left]?.at[0] ?? 0, figure.keypoints[right]?.at[0] ?? 0];
    expect(leftX).toBeGreaterThan(rightX);
  }
  for (const name of ["nose", "left_eye", "right_eye", "left_ear", "right_ear"]) {
    expect(keypoint(figure, name).facing, name).toBe(true);
  }
});

test("from behind the left side is on the left, and only the ears of the face are seen", () => {
  const figure = buildFigure(character(180), [100, 100]);
  expect(x(figure, "left_shoulder")).toBeLessThan(x(figure, "right_shoulder"));
  for (const name of ["nose", "left_eye", "right_eye"])
    expect(keypoint(figure, name).facing, name).toBe(false);
  for (const name of ["left_ear", "right_ear"]) expect(keypoint(figure, name).facing, name).toBe(true);
});

test("in profile the nose leads, the far eye and ear are hidden, and the near arm covers the torso", () => {
  // Facing the image's right edge shows the person's right side.
  const figure = buildFigure(character(90), [100, 100]);
  expect(x(figure, "nose")).toBeGreaterThan(x(figure, "right_ear"));
  expect(keypoint(figure, "right_ear").facing).toBe(true);
  expect(keypoint(figure, "left_ear").facing).toBe(false);
  expect(keypoint(figure, "left_eye").facing).toBe(false);
  const order = partOrder(figure);
  expect(order.indexOf("rightUpperArm")).toBeGreaterThan(order.indexOf("torso"));
  expect(order.indexOf("leftUpperArm")).toBeLessThan(order.indexOf("torso"));
});

test("a figure moves with its pelvis and grows with its scale", () => {
  const here = buildFigure(character(20), [0, 0]);
  const there = buildFigure(character(20), [30, -7]);
  here.keypoints.forEach(({ at }, index) => {
    expect(there.keypoints[index]?.at[0]).toBeCloseTo(at[0] + 30, 9);
    expect(there.keypoints[index]?.at[1]).toBeCloseTo(at[1] - 7, 9);
  });
  const plain = character(20);
  const large = buildFigure({ ...plain, view: { ...plain.view, pixelsPerHeight: 400 } }, [0, 0]);
  here.keypoints.forEach(({ at }, index) => {
    expect(large.keypoints[index]?.at[1]).toBeCloseTo(2 * at[1], 9);
  });
});
