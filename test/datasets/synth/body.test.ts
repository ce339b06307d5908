import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type LimbJoints,
  type Proportions,
  poseBody,
  sampleProportions,
} from "../../../datasets/synth/body.ts";
import type { LimbAngles, PoseAngles } from "../../../datasets/synth/pose-angles.ts";
import { randomStream } from "../../../datasets/synth/random-stream.ts";
import type { Vector } from "../../../datasets/synth/vector.ts";

const LENGTHS: Proportions = {
  upperArm: 0.2,
  forearm: 0.15,
  hand: 0.05,
  thigh: 0.25,
  shin: 0.24,
  foot: 0.1,
  torso: 0.3,
  neck: 0.05,
  shoulders: 0.24,
  hips: 0.14,
  headRadius: 0.08,
  build: 1,
};
const REST: LimbAngles = { flexion: 0, abduction: 0, twist: 0, bend: 0 };
const STANDING: PoseAngles = {
  lean: 0,
  sway: 0,
  turn: 0,
  headTurn: 0,
  nod: 0,
  leftArm: REST,
  rightArm: REST,
  leftLeg: REST,
  rightLeg: REST,
};

const angle = fc.double({ min: -90, max: 120, noNaN: true });
const limb = fc.record({ flexion: angle, abduction: angle, twist: angle, bend: angle });
const pose = fc.record({
  lean: angle,
  sway: angle,
  turn: angle,
  headTurn: angle,
  nod: angle,
  leftArm: limb,
  rightArm: limb,
  leftLeg: limb,
  rightLeg: limb,
});
const distance = (a: Vector, b: Vector) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
const close = (value: Vector, expected: Vector) => expect(distance(value, expected)).toBeLessThan(1e-12);

test("a body at rest stands upright, arms and legs hanging, toes to the front", () => {
  const body = poseBody(STANDING, LENGTHS);
  close(body.chest, [0, 0.3, 0]);
  close(body.head, [0, 0.3 + 0.05 + 0.08, 0]);
  close(body.leftArm.root, [0.12, 0.3, 0]);
  close(body.leftArm.end, [0.12, 0.3 - 0.35, 0]);
  close(body.rightLeg.end, [-0.07, -0.49, 0]);
  close(body.rightLeg.tip, [-0.07, -0.49, 0.1]);
});

test("angles move limbs the way their names say", () => {
  const arm = (angles: Partial<LimbAngles>) =>
    poseBody({ ...STANDING, leftArm: { ...REST, ...angles }, rightArm: { ...REST, ...angles } }, LENGTHS);
  close(arm({ flexion: 90 }).leftArm.middle, [0.12, 0.3, 0.2]);
  close(arm({ abduction: 90 }).leftArm.middle, [0.32, 0.3, 0]);
  close(arm({ abduction: 90 }).rightArm.middle, [-0.32, 0.3, 0]);
  // Elbows bend to the front, and with the arm turned outwards upwards when it is held out to the side.
  close(arm({ bend: 90 }).leftArm.end, [0.12, 0.1, 0.15]);
  close(arm({ abduction: 90, twist: 90, bend: 90 }).rightArm.end, [-0.32, 0.3 + 0.15, 0]);
  const kneeling = poseBody({ ...STANDING, leftLeg: { ...REST, bend: 90 } }, LENGTHS);
  close(kneeling.leftLeg.end, [0.07, -0.25, -0.24]);
});

test("no pose stretches a bone", () => {
  const limbLengths = ({ root, middle, end, tip }: LimbJoints) => [
    distance(root, middle),
    distance(middle, end),
    distance(end, tip),
  ];
  fc.assert(
    fc.property(pose, (pose) => {
      const body = poseBody(pose, LENGTHS);
      const lengths = [
        ...limbLengths(body.leftArm),
        ...limbLengths(body.rightArm),
        ...limbLengths(body.leftLeg),
        ...limbLengths(body.rightLeg),
        distance(body.leftArm.root, body.rightArm.root),
        distance(body.chest, [0, 0, 0]),
        distance(body.neckTop, body.head),
      ];
      const arm = [0.2, 0.15, 0.05];
      const leg = [0.25, 0.24, 0.1];
      const expected = [...arm, ...arm, ...leg, ...leg, 0.24, 0.3, 0.08];
      lengths.forEach((length, index) => {
        expect(length).toBeCloseTo(expected[index] ?? Number.NaN, 10);
      });
    }),
  );
});

test("mirrored limb angles give mirrored limbs", () => {
  fc.assert(
    fc.property(limb, limb, (arm, leg) => {
      const both = { ...STANDING, leftArm: arm, rightArm: arm, leftLeg: leg, rightLeg: leg };
      const body = poseBody(both, LENGTHS);
      for (const joint of ["root", "middle", "end", "tip"] as const) {
        const [x, y, z] = body.leftArm[joint];
        close(body.rightArm[joint], [-x, y, z]);
        const [u, v, w] = body.leftLeg[joint];
        close(body.rightLeg[joint], [-u, v, w]);
      }
    }),
  );
});

test("sampled proportions are those of people", () => {
  for (let index = 0; index < 200; index++) {
    const { neck, torso, thigh, shin, headRadius } = sampleProportions(randomStream(index));
    const height = 2 * headRadius + neck + torso + thigh + shin;
    expect(height).toBeGreaterThan(0.8);
    expect(height).toBeLessThan(1.2);
  }
});
