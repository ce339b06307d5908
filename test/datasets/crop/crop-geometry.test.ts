import fc from "fast-check";
import { expect, test } from "vitest";
import { applyAffine, composeAffine, invertAffine } from "../../../datasets/crop/affine.ts";
import {
  type CropGeometry,
  clipBox,
  cropOfBox,
  cropToImage,
  imageToCrop,
  type PixelConvention,
} from "../../../datasets/crop/crop-geometry.ts";

const SIZE = [256, 192] as const;

const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

const coordinate = fc.double({ min: -2000, max: 2000, noNaN: true });
const extent = fc.double({ min: 0.5, max: 2000, noNaN: true });
const crops: fc.Arbitrary<CropGeometry> = fc.record({
  center: fc.record({ x: coordinate, y: coordinate }),
  scale: fc.record({ width: extent, height: extent }),
  rotation: fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
  mirrored: fc.boolean(),
});
const conventions = fc.constantFrom<PixelConvention>("plain", "udp");

test("a crop has the input's aspect, holds the box, and is padded by a quarter", () => {
  // 100 x 100 at aspect 3/4 grows to 100 x 133.3, times 1.25.
  const crop = cropOfBox(box(10, 20, 100, 100), SIZE);
  expect(crop.center).toEqual({ x: 60, y: 70 });
  expect(crop.scale.width).toBeCloseTo(125, 12);
  expect(crop.scale.height).toBeCloseTo(166.66666666666666, 12);
  // A tall box keeps its height: 200 · 1.25 = 250, and 250 · 3/4 wide.
  expect(cropOfBox(box(0, 0, 10, 200), SIZE).scale).toEqual({ width: 187.5, height: 250 });
});

test.each([
  [0, 10],
  [10, -1],
  [Number.NaN, 10],
  [Number.POSITIVE_INFINITY, 1],
])("a box without a size is an error: %d x %d", (width, height) => {
  expect(() => cropOfBox(box(0, 0, width, height), SIZE)).toThrow(/expected a box of positive/);
});

test("a box is clipped to what the image shows of it", () => {
  expect(clipBox(box(10, 10, 20, 20), 100, 100)).toEqual(box(10, 10, 20, 20));
  expect(clipBox(box(-5, 90, 20, 20), 100, 100)).toEqual(box(0, 90, 15, 10));
  expect(clipBox(box(100, 0, 5, 5), 100, 100)).toBeUndefined();
  expect(clipBox(box(0, 0, Number.NaN, 5), 100, 100)).toBeUndefined();
});

test("in the plain convention the middle of W pixels is W / 2, and W pixels span the region", () => {
  const map = cropToImage(cropOfBox(box(10, 20, 100, 100), SIZE), SIZE, "plain");
  expect(applyAffine(map, { x: 96, y: 128 })).toEqual({ x: 60, y: 70 });
  // Left edge of the region: 60 - 125 / 2.
  expect(applyAffine(map, { x: 0, y: 128 }).x).toBeCloseTo(-2.5, 12);
  expect(applyAffine(map, { x: 192, y: 128 }).x).toBeCloseTo(122.5, 12);
});

test("in the udp convention the first and last pixel centres span the region", () => {
  const map = cropToImage(cropOfBox(box(10, 20, 100, 100), SIZE), SIZE, "udp");
  expect(applyAffine(map, { x: 0, y: 127.5 }).x).toBeCloseTo(-2.5, 12);
  expect(applyAffine(map, { x: 191, y: 127.5 }).x).toBeCloseTo(122.5, 12);
});

test("crop to image and back is the identity to 1e-9 pixel", () => {
  fc.assert(
    fc.property(crops, conventions, coordinate, coordinate, (crop, convention, x, y) => {
      const there = cropToImage(crop, SIZE, convention);
      const back = imageToCrop(crop, SIZE, convention);
      // Measured where it matters, in image pixels: a region of half a pixel magnifies rounding in crop pixels.
      const point = applyAffine(there, { x, y });
      const again = applyAffine(there, applyAffine(back, point));
      const size = Math.max(1, Math.abs(point.x), Math.abs(point.y)) / 1000;
      expect(Math.abs(again.x - point.x)).toBeLessThan(1e-9 * size);
      expect(Math.abs(again.y - point.y)).toBeLessThan(1e-9 * size);
    }),
  );
});

test("mirroring shows pixel W - 1 - x at x, whatever the rotation", () => {
  fc.assert(
    fc.property(crops, conventions, coordinate, coordinate, (crop, convention, x, y) => {
      const plain = cropToImage({ ...crop, mirrored: false }, SIZE, convention);
      const mirrored = cropToImage({ ...crop, mirrored: true }, SIZE, convention);
      const a = applyAffine(mirrored, { x, y });
      const b = applyAffine(plain, { x: 191 - x, y });
      expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeLessThan(1e-7);
    }),
  );
});

test("a positive rotation turns the region clockwise on screen: crop 'up' points to the image's right", () => {
  const crop: CropGeometry = { ...cropOfBox(box(0, 0, 150, 200), SIZE), rotation: Math.PI / 2 };
  const map = cropToImage(crop, SIZE, "plain");
  const middle = applyAffine(map, { x: 96, y: 128 });
  const above = applyAffine(map, { x: 96, y: 64 });
  expect(above.x).toBeGreaterThan(middle.x + 1);
  expect(above.y).toBeCloseTo(middle.y, 9);
});

test("composing with the inverse is the identity", () => {
  const map = [1.5, -0.25, 10, 0.5, 2, -3] as const;
  const identity = composeAffine(invertAffine(map), map);
  for (const [i, value] of [1, 0, 0, 0, 1, 0].entries()) expect(identity[i]).toBeCloseTo(value, 12);
});

test("a map onto a line has no inverse", () => {
  expect(() => invertAffine([1, 2, 0, 2, 4, 0])).toThrow(/non-zero determinant/);
});
