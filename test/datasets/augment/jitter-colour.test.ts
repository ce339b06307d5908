import { expect, test } from "vitest";
import { DEFAULT_AUGMENTATION } from "../../../datasets/augment/augmentation.ts";
import { jitterColour } from "../../../datasets/augment/jitter-colour.ts";
import type { Random } from "../../../datasets/augment/random.ts";

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
