import { expect, test } from "vitest";
import { denormalise, normalise } from "../../../datasets/image/normalise.ts";

test("every 8-bit value of every channel comes back from its normalised one", () => {
  const pixels = Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));
  const normalised = new Float32Array(pixels.length);
  normalise(pixels, normalised);
  // White is (1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225.
  for (const [i, expected] of [2.2489083, 2.4285714, 2.64].entries()) {
    expect(normalised[3 * 255 + i]).toBeCloseTo(expected, 6);
  }
  expect(denormalise(normalised)).toEqual(pixels);
});

test("values beyond black and white are cut off there", () => {
  expect([...denormalise(Float32Array.of(-9, 0, 9))]).toEqual([0, 116, 255]); // 0.456 · 255 = 116.3
});
