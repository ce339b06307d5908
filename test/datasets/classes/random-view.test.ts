import fc from "fast-check";
import { expect, test } from "vitest";
import {
  centredView,
  DEFAULT_CLASS_AUGMENTATION,
  randomView,
} from "../../../datasets/classes/random-view.ts";

const side = fc.integer({ min: 1, max: 2000 });
const key = fc.tuple(fc.nat(), fc.nat(), fc.nat());

test("a view lies in its image, whatever its size", () => {
  fc.assert(
    fc.property(side, side, key, (width, height, sample) => {
      const view = randomView({ width, height }, DEFAULT_CLASS_AUGMENTATION, sample);
      expect(Math.min(view.left, view.top)).toBeGreaterThanOrEqual(0);
      expect(Math.min(view.width, view.height)).toBeGreaterThanOrEqual(1);
      expect(view.left + view.width).toBeLessThanOrEqual(width);
      expect(view.top + view.height).toBeLessThanOrEqual(height);
    }),
  );
});

test("area and aspect of views cover what is asked for, and nothing else", () => {
  const [width, height] = [400, 300];
  const views = Array.from({ length: 2000 }, (_, i) =>
    randomView({ width, height }, DEFAULT_CLASS_AUGMENTATION, [1, 0, i]),
  );
  const areas = views.map((view) => (view.width * view.height) / (width * height));
  const aspects = views.map((view) => view.width / view.height);
  // Sides are whole pixels: a share of a percent more or less.
  expect(Math.min(...areas)).toBeGreaterThan(0.079);
  expect(Math.min(...areas)).toBeLessThan(0.1);
  expect(Math.max(...areas)).toBeGreaterThan(0.93);
  expect(Math.min(...aspects)).toBeGreaterThan(0.74);
  expect(Math.max(...aspects)).toBeLessThan(1.35);
  const mirrored = views.filter((view) => view.mirrored).length;
  expect(mirrored).toBeGreaterThan(900);
  expect(mirrored).toBeLessThan(1100);
});

test("the same key draws the same view, others draw others", () => {
  const image = { width: 640, height: 480 };
  const draw = (position: number) => randomView(image, DEFAULT_CLASS_AUGMENTATION, [3, 2, position]);
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(6));
});

test("an image too long for any moderate region gives its middle", () => {
  const view = randomView(
    { width: 1000, height: 10 },
    { ...DEFAULT_CLASS_AUGMENTATION, area: [1, 1] },
    [0, 0, 0],
  );
  expect(view).toMatchObject({ width: 13, height: 10, top: 0, left: 493 });
});

test("the centred view is the middle of the largest region of its aspect", () => {
  expect(centredView({ width: 500, height: 256 }, 1, 224 / 256)).toEqual({
    left: 138,
    top: 16,
    width: 224,
    height: 224,
    mirrored: false,
  });
  expect(centredView({ width: 100, height: 400 }, 0.5, 1)).toMatchObject({
    left: 0,
    top: 100,
    width: 100,
    height: 200,
  });
});
