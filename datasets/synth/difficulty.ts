import type { PoseName } from "./pose-angles.ts";

type Range = readonly [low: number, high: number];

/** How hard a drawn picture is to read. Angles in degrees, sizes as shares of the image height. */
export interface Difficulty {
  readonly people: Range;
  readonly poses: readonly [PoseName, ...PoseName[]];
  /** Deviation of each joint angle from its pose's mean. */
  readonly poseSpread: number;
  /** Height of a standing person; above 1 is a close-up that the image's edge cuts off. */
  readonly personHeight: Range;
  /** Share of people near the left or right edge, partly outside. */
  readonly cutOff: number;
  /** Shares of people seen from the front, from behind and from the side. */
  readonly facing: Readonly<Record<"front" | "back" | "side", number>>;
  /** Deviation of the camera's roll. */
  readonly roll: number;
  /** Share of people with an object in front of them. */
  readonly occluded: number;
  /** Objects in the background. */
  readonly clutter: Range;
  /** Share of pictures that are blurred, that are noisy, and that are darkened, brightened or tinted. */
  readonly blur: number;
  readonly noise: number;
  readonly light: number;
  /** Everyone wears the same sports kit: gloves, shoes, and bands at elbows and knees, each of a colour of its own. */
  readonly kit: boolean;
  /** Keeps the background's lightness away from the middle, where clothes and skin are. */
  readonly plainBackground: boolean;
}

const EASY_POSES = ["stand", "walk", "armsUp", "armsOut", "wave", "handsOnHips", "star", "point"] as const;
const MEDIUM_POSES = [...EASY_POSES, "run", "handsUp", "armsFolded", "sit", "kick", "lunge"] as const;

export const DIFFICULTIES = {
  easy: {
    people: [1, 2],
    poses: EASY_POSES,
    poseSpread: 7,
    personHeight: [0.55, 0.88],
    cutOff: 0.04,
    facing: { front: 0.92, back: 0.04, side: 0.04 },
    roll: 2,
    occluded: 0.04,
    clutter: [0, 4],
    blur: 0.05,
    noise: 0.15,
    light: 0.2,
    kit: true,
    plainBackground: true,
  },
  medium: {
    people: [1, 4],
    poses: MEDIUM_POSES,
    poseSpread: 12,
    personHeight: [0.4, 1.4],
    cutOff: 0.12,
    facing: { front: 0.5, back: 0.22, side: 0.28 },
    roll: 6,
    occluded: 0.2,
    clutter: [3, 14],
    blur: 0.2,
    noise: 0.4,
    light: 0.5,
    kit: false,
    plainBackground: false,
  },
  hard: {
    people: [1, 6],
    poses: [...MEDIUM_POSES, "squat", "bend"],
    poseSpread: 18,
    personHeight: [0.3, 1.9],
    cutOff: 0.2,
    facing: { front: 0.4, back: 0.27, side: 0.33 },
    roll: 14,
    occluded: 0.4,
    clutter: [8, 30],
    blur: 0.35,
    noise: 0.6,
    light: 0.8,
    kit: false,
    plainBackground: false,
  },
} as const satisfies Record<string, Difficulty>;

export type DifficultyName = keyof typeof DIFFICULTIES;
