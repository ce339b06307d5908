import type { LimbAngles, PoseAngles } from "./pose-angles.ts";
import type { RandomStream } from "./random-stream.ts";
import {
  aboutX,
  aboutY,
  aboutZ,
  add,
  along,
  compose,
  cross,
  type Rotation,
  rotate,
  scale,
  type Vector,
} from "./vector.ts";

/** Lengths as shares of the body height, and how stout the limbs are. */
export interface Proportions {
  readonly upperArm: number;
  readonly forearm: number;
  readonly hand: number;
  readonly thigh: number;
  readonly shin: number;
  readonly foot: number;
  readonly torso: number;
  readonly neck: number;
  readonly shoulders: number;
  readonly hips: number;
  /** Half the height of the head. */
  readonly headRadius: number;
  /** Multiplies every thickness; 1 is average. */
  readonly build: number;
}

/** Means from Drillis & Contini (1966), with a head slightly larger than life; children have shorter limbs and larger heads. */
export function sampleProportions(random: RandomStream): Proportions {
  const child = random.chance(0.2) ? random.uniform(0.4, 1) : 0;
  const about = (length: number, withChild = 1) =>
    length * (1 + child * (withChild - 1)) * Math.max(0.85, random.normal(1, 0.04));
  return {
    upperArm: about(0.182, 0.9),
    forearm: about(0.152, 0.9),
    hand: about(0.055),
    thigh: about(0.242, 0.88),
    shin: about(0.246, 0.88),
    foot: about(0.11),
    torso: about(0.29),
    neck: about(0.045, 0.7),
    shoulders: about(0.225, 0.92),
    hips: about(0.135),
    headRadius: about(0.082, 1.3),
    build: Math.min(1.4, Math.max(0.8, random.normal(1.05, 0.14))),
  };
}

/** A limb's joints: shoulder, elbow, wrist, fingertips, or hip, knee, ankle, toes. */
export interface LimbJoints {
  readonly root: Vector;
  readonly middle: Vector;
  readonly end: Vector;
  readonly tip: Vector;
}

/**
 * The joints of a body standing at the origin: x to the person's left, y up, z to the front, in body heights.
 * Its pelvis is the origin.
 */
export interface Body {
  readonly chest: Vector;
  readonly neckTop: Vector;
  readonly head: Vector;
  /** Turns the head's own axes (left, up, front) into the body's. */
  readonly headRotation: Rotation;
  readonly torsoRotation: Rotation;
  readonly leftArm: LimbJoints;
  readonly rightArm: LimbJoints;
  readonly leftLeg: LimbJoints;
  readonly rightLeg: LimbJoints;
}

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Forward kinematics, from the pelvis outwards. */
export function poseBody(pose: PoseAngles, lengths: Proportions): Body {
  const torsoRotation = compose(
    aboutY(radians(pose.turn)),
    compose(aboutZ(radians(-pose.sway)), aboutX(radians(pose.lean))),
  );
  const headRotation = compose(
    compose(aboutX(radians(pose.nod)), aboutY(radians(pose.headTurn))),
    torsoRotation,
  );
  const up = rotate(torsoRotation, [0, 1, 0]);
  const left = rotate(torsoRotation, [1, 0, 0]);
  const chest = scale(up, lengths.torso);
  const neckTop = along(chest, up, lengths.neck);
  const head = along(neckTop, rotate(headRotation, [0, 1, 0]), lengths.headRadius);
  const arm = (angles: LimbAngles, side: 1 | -1) =>
    poseArm(along(chest, left, (side * lengths.shoulders) / 2), angles, side, torsoRotation, lengths);
  const leg = (angles: LimbAngles, side: 1 | -1) =>
    poseLeg([(side * lengths.hips) / 2, 0, 0], angles, side, lengths);
  return {
    chest,
    neckTop,
    head,
    headRotation,
    torsoRotation,
    leftArm: arm(pose.leftArm, 1),
    rightArm: arm(pose.rightArm, -1),
    leftLeg: leg(pose.leftLeg, 1),
    rightLeg: leg(pose.rightLeg, -1),
  };
}

/** Unit directions of a limb: `down` its length, and `front`, the way its hinge faces. */
function limbFrame({ flexion, abduction, twist }: LimbAngles, side: 1 | -1): { down: Vector; front: Vector } {
  const [f, a, t] = [radians(flexion), radians(abduction), radians(twist)];
  const down: Vector = [side * Math.sin(a), -Math.cos(a) * Math.cos(f), Math.cos(a) * Math.sin(f)];
  // The direction in which more flexion would move the limb: always at right angles to it.
  const untwisted: Vector = [0, Math.sin(f), Math.cos(f)];
  const outward = scale(cross(down, untwisted), -side);
  return { down, front: add(scale(untwisted, Math.cos(t)), scale(outward, Math.sin(t))) };
}

function poseArm(
  root: Vector,
  angles: LimbAngles,
  side: 1 | -1,
  torsoRotation: Rotation,
  lengths: Proportions,
): LimbJoints {
  const frame = limbFrame(angles, side);
  const bend = radians(angles.bend);
  const down = rotate(torsoRotation, frame.down);
  const forearm = rotate(
    torsoRotation,
    add(scale(frame.down, Math.cos(bend)), scale(frame.front, Math.sin(bend))),
  );
  const middle = along(root, down, lengths.upperArm);
  const end = along(middle, forearm, lengths.forearm);
  return { root, middle, end, tip: along(end, forearm, lengths.hand) };
}

function poseLeg(root: Vector, angles: LimbAngles, side: 1 | -1, lengths: Proportions): LimbJoints {
  const { down, front } = limbFrame(angles, side);
  const bend = radians(angles.bend);
  const shin = add(scale(down, Math.cos(bend)), scale(front, -Math.sin(bend)));
  const toes = add(scale(front, Math.cos(bend)), scale(down, Math.sin(bend)));
  const middle = along(root, down, lengths.thigh);
  const end = along(middle, shin, lengths.shin);
  return { root, middle, end, tip: along(end, toes, lengths.foot) };
}
