import type { RandomStream } from "./random-stream.ts";

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

/** Samples a pose: the named one, mirrored half the time, each angle spread by `spread` degrees within its limits. */
export function samplePose(name: PoseName, spread: number, random: RandomStream): PoseAngles {
  const mean: Partial<PoseAngles> = ARCHETYPES[name](random);
  const near = (center: number, [low, high]: Range, deviation = spread) =>
    Math.min(high, Math.max(low, random.normal(center, deviation)));
  const nearLimb = (angles: LimbAngles, limits: LimbRanges, deviation: number): LimbAngles => ({
    flexion: near(angles.flexion, limits.flexion, deviation),
    abduction: near(angles.abduction, limits.abduction, deviation),
    twist: near(angles.twist, limits.twist, deviation),
    bend: near(angles.bend, limits.bend, deviation),
  });
  const pose: PoseAngles = {
    lean: near(mean.lean ?? 0, TORSO_LIMITS.lean, spread / 2),
    sway: near(mean.sway ?? 0, TORSO_LIMITS.sway, spread / 3),
    turn: near(mean.turn ?? 0, TORSO_LIMITS.turn),
    headTurn: near(mean.headTurn ?? 0, TORSO_LIMITS.headTurn, spread * 1.5),
    nod: near(mean.nod ?? 3, TORSO_LIMITS.nod, spread / 2),
    leftArm: nearLimb(mean.leftArm ?? HANGING_ARM, ARM_LIMITS, spread),
    rightArm: nearLimb(mean.rightArm ?? HANGING_ARM, ARM_LIMITS, spread),
    leftLeg: nearLimb(mean.leftLeg ?? STANDING_LEG, LEG_LIMITS, spread / 2),
    rightLeg: nearLimb(mean.rightLeg ?? STANDING_LEG, LEG_LIMITS, spread / 2),
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

const limb = (flexion: number, abduction: number, twist: number, bend: number): LimbAngles => ({
  flexion,
  abduction,
  twist,
  bend,
});

const HANGING_ARM = limb(0, 12, 0, 12);
const STANDING_LEG = limb(2, 5, 5, 4);

/** The mean angles of each pose; arms that are left out hang, legs stand. */
export const ARCHETYPES = {
  stand: () => ({}),
  walk: (random) => {
    const stride = random.uniform(12, 32);
    return {
      leftArm: limb(-stride, 8, 0, 25),
      rightArm: limb(stride, 8, 0, 25),
      leftLeg: limb(stride, 3, 3, 6),
      rightLeg: limb(-stride * 0.7, 3, 3, 18),
    };
  },
  run: (random) => {
    const stride = random.uniform(35, 60);
    return {
      lean: 14,
      leftArm: limb(-stride, 12, 10, 90),
      rightArm: limb(stride * 0.8, 12, -10, 95),
      leftLeg: limb(stride * 1.2, 3, 3, 70),
      rightLeg: limb(-22, 3, 3, 45),
    };
  },
  armsUp: (random) => {
    const spread = random.uniform(125, 168);
    return { leftArm: limb(0, spread, 60, 15), rightArm: limb(0, spread, 60, 15) };
  },
  armsOut: () => ({ leftArm: limb(0, 88, 30, 8), rightArm: limb(0, 88, 30, 8) }),
  wave: () => ({ leftArm: limb(5, 95, 90, 80) }),
  handsUp: () => ({ leftArm: limb(0, 85, 90, 90), rightArm: limb(0, 85, 90, 90) }),
  handsOnHips: () => ({ leftArm: limb(-8, 48, -88, 100), rightArm: limb(-8, 48, -88, 100) }),
  star: () => ({
    leftArm: limb(0, 125, 40, 8),
    rightArm: limb(0, 125, 40, 8),
    leftLeg: limb(0, 28, 10, 4),
    rightLeg: limb(0, 28, 10, 4),
  }),
  point: (random) => ({ leftArm: limb(random.uniform(55, 95), random.uniform(10, 60), 20, 8) }),
  armsFolded: () => ({ leftArm: limb(22, 18, -62, 105), rightArm: limb(18, 18, -58, 100) }),
  sit: () => ({
    lean: 4,
    leftArm: limb(28, 14, -15, 55),
    rightArm: limb(28, 14, -15, 55),
    leftLeg: limb(84, 12, 4, 84),
    rightLeg: limb(84, 12, 4, 84),
  }),
  squat: () => ({
    lean: 28,
    leftArm: limb(70, 15, 10, 15),
    rightArm: limb(70, 15, 10, 15),
    leftLeg: limb(88, 26, 10, 112),
    rightLeg: limb(88, 26, 10, 112),
  }),
  kick: () => ({
    lean: -6,
    leftArm: limb(-10, 60, 10, 25),
    rightArm: limb(30, 50, 10, 35),
    leftLeg: limb(72, 6, 5, 12),
    rightLeg: limb(-6, 4, 5, 12),
  }),
  lunge: () => ({
    lean: 10,
    leftArm: limb(10, 30, 0, 30),
    rightArm: limb(10, 30, 0, 30),
    leftLeg: limb(68, 6, 5, 78),
    rightLeg: limb(-24, 6, 5, 40),
  }),
  bend: (random) => ({
    lean: random.uniform(45, 75),
    leftArm: limb(60, 12, 0, 10),
    rightArm: limb(60, 12, 0, 10),
    leftLeg: limb(20, 6, 5, 18),
    rightLeg: limb(20, 6, 5, 18),
  }),
} as const satisfies Record<string, (random: RandomStream) => Partial<PoseAngles>>;

export type PoseName = keyof typeof ARCHETYPES;
