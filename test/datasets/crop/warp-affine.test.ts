import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Affine } from "../../../datasets/crop/affine.ts";
import { cropRegion, warpAffine } from "../../../datasets/crop/warp-affine.ts";
import type { PixelRegion, RgbImage } from "../../../datasets/image/rgb-image.ts";

interface Fixture {
  opencv: string;
  image: { width: number; height: number; data: string };
  size: [number, number];
  cases: { name: string; map: Affine; result: string }[];
}

function fixture(version: string): Fixture {
  const url = new URL(`../../fixtures/warp-affine/opencv-${version}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

/** The differences from OpenCV's results, case by case. */
function differences(version: string): [name: string, differences: number[]][] {
  const { image, size, cases } = fixture(version);
  const picture = { ...image, data: bytes(image.data) };
  return cases.map(({ name, map, result }) => {
    const expected = bytes(result);
    return [name, [...warpAffine(picture, map, size)].map((value, i) => value - (expected[i] as number))];
  });
}

/** Noise: every neighbour differs as much as it can. */
function noise(width: number, height: number, seed: number): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    return Math.imul(i + 1 + seed * 7919, 2654435761) >>> 24;
  });
  return { width, height, data };
}

/** Bilinear sampling as its definition reads, black outside. */
function plainWarp(
  { width, height, data }: RgbImage,
  m: Affine,
  [h, w]: readonly [number, number],
): number[] {
  const at = (x: number, y: number, c: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : (data[(y * width + x) * 3 + c] as number);
  const mix = (a: number, b: number, t: number) => a + (b - a) * t;
  return Array.from({ length: h * w * 3 }, (_, i) => {
    const column = Math.floor(i / 3) % w;
    const row = Math.floor(i / 3 / w);
    const x = m[0] * column + m[1] * row + m[2];
    const y = m[3] * column + m[4] * row + m[5];
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const above = mix(at(left, top, i % 3), at(left + 1, top, i % 3), x - left);
    const below = mix(at(left, top + 1, i % 3), at(left + 1, top + 1, i % 3), x - left);
    return mix(above, below, y - top);
  });
}

const slope = fc.double({ min: -3, max: 3, noNaN: true });
const offset = fc.double({ min: -30, max: 60, noNaN: true });
const maps = fc.tuple(slope, slope, offset, slope, slope, offset);

test("agrees with OpenCV 5's floating-point kernels to one step of 255, and mostly to the bit", () => {
  for (const [name, steps] of differences("5.0.0")) {
    const off = steps.filter((step) => step !== 0);
    expect(Math.max(0, ...off.map(Math.abs)), name).toBeLessThanOrEqual(1);
    // Positions to 1/2048 move noise by 0.02 on average: one value in 25 or so may round otherwise.
    expect(off.length / steps.length, name).toBeLessThan(0.04);
  }
});

test("agrees with OpenCV 4's kernels as far as positions rounded to 1/32 pixel can", () => {
  for (const [name, steps] of differences("4.10.0")) {
    // Half of 1/32 pixel, on both axes, times a contrast of 255: 8; and its own rounding.
    expect(Math.max(0, ...steps.map(Math.abs)), name).toBeLessThanOrEqual(9);
    const meanStep = steps.reduce((sum, step) => sum + Math.abs(step), 0) / steps.length;
    expect(meanStep, name).toBeLessThan(1.2);
  }
});

test("agrees with plain bilinear sampling, for any map", () => {
  fc.assert(
    fc.property(maps, fc.nat(50), (map, seed) => {
      const image = noise(31, 23, seed);
      const plain = plainWarp(image, map, [13, 11]);
      // 0.5 from rounding the result; 255 · 2 / 4096 from rounding the position to 1/2048 on two axes.
      for (const [i, value] of warpAffine(image, map, [13, 11]).entries()) {
        expect(Math.abs(value - (plain[i] as number))).toBeLessThanOrEqual(0.5 + 510 / 4096 + 1e-6);
      }
    }),
  );
});

test("the region that a crop shows gives the very bytes of the whole picture", () => {
  fc.assert(
    fc.property(maps, fc.nat(50), (map, seed) => {
      const image = noise(31, 23, seed);
      const region = cropRegion(map, [13, 11], [23, 31]);
      expect(warpAffine(cut(image, region), map, [13, 11])).toEqual(warpAffine(image, map, [13, 11]));
    }),
    { numRuns: 500 },
  );
});

function cut(image: RgbImage, { left, top, width, height }: PixelRegion): RgbImage {
  const rows = Array.from({ length: height }, (_, row) => {
    const start = ((top + row) * image.width + left) * 3;
    return [...image.data.subarray(start, start + width * 3)];
  });
  return { left, top, width, height, data: Uint8Array.from(rows.flat()) };
}

test("the identity copies, and what lies outside is black", () => {
  const image = noise(4, 3, 1);
  const moved = warpAffine(image, [1, 0, 0, 0, 1, 0], [5, 4]);
  expect(moved.subarray(0, 36)).toEqual(image.data);
  // One pixel past the last row there is nothing left to blend with.
  expect(moved.subarray(36)).toEqual(new Uint8Array(24));
});

test("a map far outside, or so large that whole numbers end, gives black", () => {
  const image = noise(4, 3, 1);
  for (const far of [1e4, 1e7, 1e12, -1e12]) {
    expect(warpAffine(image, [1, 0, far, 0, 1, far], [2, 2])).toEqual(new Uint8Array(12));
  }
});
