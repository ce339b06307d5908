import { ARCHETYPES, HANGING_ARM, type PoseName, STANDING_LEG } from "./archetypes.ts";
import type { Random } from "./random.ts";

/** Angles of one arm or leg, in degrees; 0 everywhere hangs straight down. */
export interface LimbAngles {
  /** Lifts the limb to the front (90 is straight ahead). */
  readonly flexion: number;
  /** Lifts the limb to its own side (90 is straight out). */
  readonly abduction: number;
  /** Turns the limb about its own length; positive turns the palm, or the knee, outwards. */
  readonly twist: number;
  /** Bends elbow or knee. */
  readonly bend: number;
}

/** A whole pose, in degrees. */
export interface PoseAngles {
  /** Torso forwards. */
  readonly lean: number;
  /** Torso to the person's left. */
  readonly sway: number;
  /** Shoulders against hips, to the person's left. */
  readonly turn: number;
  /** Head against shoulders, to the person's left. */
  readonly headTurn: number;
  /** Head forwards. */
  readonly nod: number;
  readonly leftArm: LimbAngles;
  readonly rightArm: LimbAngles;
  readonly leftLeg: LimbAngles;
  readonly rightLeg: LimbAngles;
}

type Range = readonly [low: number, high: number];
type LimbRanges = Readonly<Record<keyof LimbAngles, Range>>;

/** What a healthy adult can do, in degrees; sampled angles are clamped to it. */
export const ARM_LIMITS: LimbRanges = {
  flexion: [-50, 175],
  abduction: [-10, 175],
  twist: [-95, 100],
  bend: [0, 145],
};
export const LEG_LIMITS: LimbRanges = {
  flexion: [-30, 115],
  abduction: [-12, 55],
  twist: [-30, 45],
  bend: [0, 140],
};
export const TORSO_LIMITS = {
  lean: [-15, 85],
  sway: [-25, 25],
  turn: [-35, 35],
  headTurn: [-60, 60],
  nod: [-25, 35],
} as const satisfies Record<string, Range>;

/** Draws a pose: the named one, mirrored half the time, each angle spread by `spread` degrees within its limits. */
export function samplePose(name: PoseName, spread: number, random: Random): PoseAngles {
  const base: Partial<PoseAngles> = ARCHETYPES[name](random);
  const near = (mean: number, [low, high]: Range, deviation = spread) =>
    Math.min(high, Math.max(low, random.normal(mean, deviation)));
  const nearLimb = (mean: LimbAngles, limits: LimbRanges, deviation: number): LimbAngles => ({
    flexion: near(mean.flexion, limits.flexion, deviation),
    abduction: near(mean.abduction, limits.abduction, deviation),
    twist: near(mean.twist, limits.twist, deviation),
    bend: near(mean.bend, limits.bend, deviation),
  });
  const pose: PoseAngles = {
    lean: near(base.lean ?? 0, TORSO_LIMITS.lean, spread / 2),
    sway: near(base.sway ?? 0, TORSO_LIMITS.sway, spread / 3),
    turn: near(base.turn ?? 0, TORSO_LIMITS.turn),
    headTurn: near(base.headTurn ?? 0, TORSO_LIMITS.headTurn, spread * 1.5),
    nod: near(base.nod ?? 3, TORSO_LIMITS.nod, spread / 2),
    leftArm: nearLimb(base.leftArm ?? HANGING_ARM, ARM_LIMITS, spread),
    rightArm: nearLimb(base.rightArm ?? HANGING_ARM, ARM_LIMITS, spread),
    leftLeg: nearLimb(base.leftLeg ?? STANDING_LEG, LEG_LIMITS, spread / 2),
    rightLeg: nearLimb(base.rightLeg ?? STANDING_LEG, LEG_LIMITS, spread / 2),
  };
  return random.chance(0.5) ? mirrorPose(pose) : pose;
}

function mirrorPose(pose: PoseAngles): PoseAngles {
  return {
    ...pose,
    sway: -pose.sway,
    turn: -pose.turn,
    headTurn: -pose.headTurn,
    leftArm: pose.rightArm,
    rightArm: pose.leftArm,
    leftLeg: pose.rightLeg,
    rightLeg: pose.leftLeg,
  };
}
