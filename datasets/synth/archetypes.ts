import type { LimbAngles, PoseAngles } from "./pose-angles.ts";
import type { Random } from "./random.ts";

const limb = (flexion: number, abduction: number, twist: number, bend: number): LimbAngles => ({
  flexion,
  abduction,
  twist,
  bend,
});

export const HANGING_ARM = limb(0, 12, 0, 12);
export const STANDING_LEG = limb(2, 5, 5, 4);

/** Means around which people are drawn, one row a pose. What is left out hangs. */
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
} as const satisfies Record<string, (random: Random) => Partial<PoseAngles>>;

export type PoseName = keyof typeof ARCHETYPES;
