import { expect, test } from "vitest";
import {
  ARCHETYPES,
  ARM_LIMITS,
  LEG_LIMITS,
  type PoseName,
  samplePose,
  TORSO_LIMITS,
} from "../../../datasets/synth/pose-angles.ts";
import { randomStream } from "../../../datasets/synth/random-stream.ts";

test("no joint leaves its range, however wild the pose", () => {
  for (const name of Object.keys(ARCHETYPES) as PoseName[]) {
    for (let seed = 0; seed < 20; seed++) {
      const pose = samplePose(name, 60, randomStream(name, seed));
      for (const [limits, angles] of [
        [ARM_LIMITS, pose.leftArm],
        [ARM_LIMITS, pose.rightArm],
        [LEG_LIMITS, pose.leftLeg],
        [LEG_LIMITS, pose.rightLeg],
        [TORSO_LIMITS, pose],
      ] as const) {
        for (const [angle, [low, high]] of Object.entries(limits)) {
          const value = (angles as unknown as Record<string, number>)[angle];
          expect(value, `${name} ${angle}`).toBeGreaterThanOrEqual(low);
          expect(value, `${name} ${angle}`).toBeLessThanOrEqual(high);
        }
      }
    }
  }
});

test("a one-sided pose is drawn with either hand", () => {
  const raised = Array.from({ length: 40 }, (_, seed) => {
    const { leftArm, rightArm } = samplePose("wave", 5, randomStream(seed));
    return leftArm.abduction > rightArm.abduction ? "left" : "right";
  });
  // 40 throws of a fair coin: fewer than 8 of a kind happens once in 30,000.
  expect(raised.filter((hand) => hand === "left").length).toBeGreaterThan(7);
  expect(raised.filter((hand) => hand === "right").length).toBeGreaterThan(7);
});
