import fc from "fast-check";
import { expect, test } from "vitest";
import { augmentCrop, isLowerBody, jitterColour } from "../../../datasets/augment/augment-crop.ts";
import { type Augmentation, DEFAULT_AUGMENTATION } from "../../../datasets/augment/augmentation.ts";
import { cropOfBox } from "../../../datasets/crop/crop-geometry.ts";
import type { Random } from "../../../datasets/random.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";

const SIZE = [256, 192] as const;
const LOWER = isLowerBody(COCO_SKELETON);
const OFF: Augmentation = {
  ...DEFAULT_AUGMENTATION,
  flipProbability: 0,
  scaleSpread: 0,
  rotationProbability: 0,
  halfBodyProbability: 0,
  shiftProbability: 0,
};
const CROP = cropOfBox({ x: 100, y: 50, width: 80, height: 200 }, SIZE);

/** A whole person: keypoint k at (100 + 5 k, 60 + 11 k), so that the upper body ends at y = 170 and the lower begins at 181. */
const PERSON = Array.from({ length: 17 }, (_, k) => [100 + 5 * k, 60 + 11 * k, 2]).flat();

function draws(augmentation: Augmentation, count = 20_000, person: readonly number[] = PERSON) {
  return Array.from({ length: count }, (_, i) =>
    augmentCrop(CROP, person, LOWER, SIZE, augmentation, [3, 1, i]),
  );
}

/** Five standard deviations of a share of `count` draws. */
const spread = (p: number, count: number) => 5 * Math.sqrt((p * (1 - p)) / count);

test("with everything off the crop stays as it is", () => {
  for (const crop of draws(OFF, 50)) expect(crop).toEqual(CROP);
});

test("half of the crops are mirrored", () => {
  const crops = draws({ ...OFF, flipProbability: 0.5 });
  const share = crops.filter(({ mirrored }) => mirrored).length / crops.length;
  expect(Math.abs(share - 0.5)).toBeLessThan(spread(0.5, crops.length));
  expect(draws({ ...OFF, flipProbability: 1 }, 100).every(({ mirrored }) => mirrored)).toBe(true);
});

test("the scale factor is normal around 1 with spread 0.35, clipped there", () => {
  const factors = draws({ ...OFF, scaleSpread: 0.35 }).map(({ scale }) => scale.width / CROP.scale.width);
  expect(Math.min(...factors)).toBeCloseTo(0.65, 12);
  expect(Math.max(...factors)).toBeCloseTo(1.35, 12);
  // 15.87% of a normal lies beyond one standard deviation on each side.
  const clipped = factors.filter((factor) => factor < 0.65 + 1e-9).length / factors.length;
  expect(Math.abs(clipped - 0.1587)).toBeLessThan(spread(0.1587, factors.length));
});

test("six crops in ten are turned, by 45 degrees of spread, clipped at 90", () => {
  const angles = draws({ ...OFF, rotationProbability: 0.6 }).map(({ rotation }) => rotation);
  const turned = angles.filter((angle) => angle !== 0);
  expect(Math.abs(turned.length / angles.length - 0.6)).toBeLessThan(spread(0.6, angles.length));
  expect(Math.max(...turned)).toBeCloseTo(Math.PI / 2, 12);
  expect(Math.min(...turned)).toBeCloseTo(-Math.PI / 2, 12);
  // Within one spread: 68.27%.
  const small = turned.filter((angle) => Math.abs(angle) < Math.PI / 4).length / turned.length;
  expect(Math.abs(small - 0.6827)).toBeLessThan(spread(0.6827, turned.length));
});

test("three crops in ten are shifted, by at most 0.16 of their size", () => {
  const crops = draws({ ...OFF, shiftProbability: 0.3 });
  const shifts = crops.map(({ center }) => (center.x - CROP.center.x) / CROP.scale.width);
  const moved = shifts.filter((shift) => shift !== 0);
  expect(Math.abs(moved.length / crops.length - 0.3)).toBeLessThan(spread(0.3, crops.length));
  expect(Math.max(...moved.map(Math.abs))).toBeLessThanOrEqual(0.16 + 1e-12);
  expect(Math.max(...moved.map(Math.abs))).toBeGreaterThan(0.15);
});

test("of the half bodies, half are upper and half are lower, with half as much room again", () => {
  const crops = draws({ ...OFF, halfBodyProbability: 0.3 });
  const halves = crops.filter(({ center }) => center.y !== CROP.center.y);
  expect(Math.abs(halves.length / crops.length - 0.3)).toBeLessThan(spread(0.3, crops.length));
  const upper = halves.filter(({ center }) => center.y < 175);
  expect(Math.abs(upper.length / halves.length - 0.5)).toBeLessThan(spread(0.5, halves.length));
  // Upper keypoints 0 to 10: x from 100 to 150, y from 60 to 170; 110 high, so 82.5 wide at 3:4; times 1.5.
  expect(upper[0]?.center).toEqual({ x: 125, y: 115 });
  expect(upper[0]?.scale.width).toBeCloseTo(123.75, 9);
  expect(upper[0]?.scale.height).toBeCloseTo(165, 9);
});

test("eight labelled keypoints are too few for half a body", () => {
  const eight = PERSON.map((value, i) => (i % 3 === 2 && i / 3 >= 8 ? 0 : value));
  for (const crop of draws({ ...OFF, halfBodyProbability: 1 }, 100, eight)) expect(crop).toEqual(CROP);
});

test("a half with two keypoints gives way to the other half", () => {
  // All of the upper body and the two hips.
  const person = PERSON.map((value, i) => (i % 3 === 2 && i / 3 >= 13 ? 0 : value));
  for (const { center } of draws({ ...OFF, halfBodyProbability: 1 }, 100, person)) {
    expect(center).toEqual({ x: 125, y: 115 });
  }
});

test("keypoints on one line make no half body", () => {
  const line = PERSON.map((value, i) => (i % 3 === 0 ? 100 : value));
  for (const crop of draws({ ...OFF, halfBodyProbability: 1 }, 100, line)) expect(crop).toEqual(CROP);
});

test("switching one part off leaves the others' draws as they were", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(1000), (seed, position) => {
      const key = [seed, 2, position] as const;
      const all = augmentCrop(CROP, PERSON, LOWER, SIZE, DEFAULT_AUGMENTATION, key);
      const unturned = augmentCrop(
        CROP,
        PERSON,
        LOWER,
        SIZE,
        { ...DEFAULT_AUGMENTATION, rotationProbability: 0 },
        key,
      );
      expect(unturned).toEqual({ ...all, rotation: 0 });
    }),
  );
});

test("COCO's lower body is hips, knees and ankles", () => {
  const names = COCO_SKELETON.keypoints.filter((_, k) => LOWER[k]);
  expect(names).toEqual(["left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"]);
});

const ON = { ...DEFAULT_AUGMENTATION, colourProbability: 1, colourSpread: 0.2 };

/** Random numbers from a list: the decision, then brightness, contrast and saturation. */
function listed(...values: number[]): Random {
  const uniform = () => values.shift() as number;
  return { bits: uniform, uniform, integer: uniform, normal: uniform };
}

const GREY_AND_RED = [100, 100, 100, 200, 0, 0];

function jittered(random: Random, pixels: readonly number[] = GREY_AND_RED): number[] {
  const copy = Uint8Array.from(pixels);
  jitterColour(copy, ON, random);
  return [...copy];
}

test("factors of 1 change nothing", () => {
  expect(jittered(listed(0, 0.5, 0.5, 0.5))).toEqual(GREY_AND_RED);
});

test("brightness multiplies", () => {
  // 1 - uniform of 1 gives 1 + 0.2.
  expect(jittered(listed(0, 1, 0.5, 0.5))).toEqual([120, 120, 120, 240, 0, 0]);
  expect(jittered(listed(0, 1, 0.5, 0.5), [250, 250, 250])).toEqual([255, 255, 255]);
});

test("contrast moves values away from the mean grey", () => {
  // Greys 100 and 0.299 · 200 = 59.8, mean 79.9; 100 → 79.9 + 1.2 · 20.1 = 104.02, 0 → 79.9 - 1.2 · 79.9 < 0.
  expect(jittered(listed(0, 0.5, 1, 0.5))).toEqual([104, 104, 104, 224, 0, 0]);
});

test("saturation moves values away from their own grey", () => {
  // Red has grey 59.8: 200 → 59.8 + 0.8 · 140.2 = 171.96, 0 → 59.8 · 0.2 = 11.96.
  expect(jittered(listed(0, 0.5, 0.5, 0))).toEqual([100, 100, 100, 172, 12, 12]);
});

test("no draw, no change", () => {
  const pixels = Uint8Array.from(GREY_AND_RED);
  jitterColour(pixels, DEFAULT_AUGMENTATION, listed(0));
  expect([...pixels]).toEqual(GREY_AND_RED);
});
