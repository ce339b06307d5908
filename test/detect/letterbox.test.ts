import * as fc from "fast-check";
import { expect, test } from "vitest";
import { edgesInPicture, letterbox, letterboxGeometry } from "../../src/detect/letterbox.ts";

const size = fc.record({
  width: fc.integer({ min: 1, max: 5000 }),
  height: fc.integer({ min: 1, max: 5000 }),
});
const share = fc.double({ min: 0, max: 1, noNaN: true });

test("edges that are drawn into the input come back to where they were", () => {
  fc.assert(
    fc.property(size, share, share, share, share, (picture, a, b, c, d) => {
      const geometry = letterboxGeometry(picture, [416, 320]);
      const { scale, left, top } = geometry;
      const edges = {
        left: a * picture.width,
        top: b * picture.height,
        right: c * picture.width,
        bottom: d * picture.height,
      };
      const drawn = {
        left: edges.left * scale + left,
        top: edges.top * scale + top,
        right: edges.right * scale + left,
        bottom: edges.bottom * scale + top,
      };
      const back = edgesInPicture(drawn, geometry, picture);
      for (const side of ["left", "top", "right", "bottom"] as const) {
        expect(back[side]).toBeCloseTo(edges[side], 6);
      }
    }),
  );
});

test("the picture fills the input in one direction and lies in the middle of the other", () => {
  fc.assert(
    fc.property(size, (picture) => {
      const { scale, left, top } = letterboxGeometry(picture, [416, 416]);
      expect(Math.min(left, top)).toBeCloseTo(0, 9);
      expect(picture.width * scale + 2 * left).toBeCloseTo(416, 6);
      expect(picture.height * scale + 2 * top).toBeCloseTo(416, 6);
    }),
  );
});

test("what lies outside the picture is cut off, not moved", () => {
  const picture = { width: 100, height: 50 };
  const geometry = letterboxGeometry(picture, [416, 416]); // scale 4.16, 104 pixels above and below
  const back = edgesInPicture({ left: -10, top: 100, right: 208, bottom: 400 }, geometry, picture);
  expect(back).toEqual({ left: 0, top: 0, right: 50, bottom: 50 });
});

test("a white rectangle lies in the input where its edges are said to lie, from any size of picture", () => {
  const sides = fc.integer({ min: 60, max: 900 });
  fc.assert(
    fc.property(sides, sides, (width, height) => {
      const [x, y, w, h] = [
        Math.floor(width * 0.2),
        Math.floor(height * 0.3),
        Math.ceil(width / 2),
        Math.ceil(height / 3),
      ];
      const data = new Uint8Array(width * height * 3);
      for (let row = y; row < y + h; row += 1)
        data.fill(255, 3 * (row * width + x), 3 * (row * width + x + w));
      const geometry = letterboxGeometry({ width, height }, [96, 96]);
      const input = letterbox({ width, height, data }, geometry);
      let [mass, centreX, centreY] = [0, 0, 0];
      for (let i = 0; i < 96 * 96; i += 1) {
        const value = (input[3 * i] as number) / 255;
        mass += value;
        centreX += value * ((i % 96) + 0.5);
        centreY += value * (Math.floor(i / 96) + 0.5);
      }
      const { scale, left, top } = geometry;
      expect(centreX / mass).toBeCloseTo(left + (x + w / 2) * scale, 0); // within half an input pixel
      expect(centreY / mass).toBeCloseTo(top + (y + h / 2) * scale, 0);
      expect(Math.abs(mass / (w * h * scale ** 2) - 1)).toBeLessThan(0.1);
    }),
    { numRuns: 40 },
  );
});

test("a picture many times too large is averaged: no stripe is lost between two samples", () => {
  const [width, height] = [960, 960];
  // Columns black, white, black, white: seen from afar, an even grey of 127.5.
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) =>
    Math.floor(i / 3) % 2 === 0 ? 0 : 255,
  );
  const input = letterbox({ width, height, data }, letterboxGeometry({ width, height }, [96, 96]));
  for (const value of input) expect(Math.abs(value - 127.5)).toBeLessThanOrEqual(1);
});
