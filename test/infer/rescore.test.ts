import { expect, test } from "vitest";
import { rescore } from "../../src/infer/rescore.ts";

test("a person's score is the box score times the mean of the keypoint scores above 0.2", () => {
  // (0.9 + 0.5) / 2 = 0.7; 0.2 itself and 0.1 do not count
  expect(rescore(0.5, [0.9, 0.2, 0.5, 0.1])).toBeCloseTo(0.35, 12);
});

test("a person without a keypoint above the threshold scores 0, whatever the box says", () => {
  expect(rescore(0.99, [0.2, 0.1, Number.NaN])).toBe(0);
});

test("the threshold can be moved", () => {
  // (0.9 + 0.2 + 0.1) / 3 = 0.4
  expect(rescore(1, [0.9, 0.2, 0.1], 0)).toBeCloseTo(0.4, 12);
});
