import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { type Limb, type Point, type Shape, shapeSpans, shapeSvg } from "../../../datasets/synth/shape.ts";

const SIZE = 64;
const coordinate = fc.double({ min: 8, max: 56, noNaN: true });
const point = fc.tuple(coordinate, coordinate);
const radius = fc.double({ min: 1.5, max: 14, noNaN: true });
const limb: fc.Arbitrary<Limb> = fc.record({
  kind: fc.constant("limb" as const),
  from: point,
  to: point,
  fromRadius: radius,
  toRadius: radius,
});
const shape: fc.Arbitrary<Shape> = fc.oneof(
  limb,
  fc.record({
    kind: fc.constant("ellipse" as const),
    center: point,
    radiusX: radius,
    radiusY: radius,
    angle: fc.double({ min: -4, max: 4, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant("hull" as const),
    points: fc.array(point, { minLength: 3, maxLength: 5 }),
    radius: fc.double({ min: 1.5, max: 8, noNaN: true }),
  }),
);

const isInSpans = (shape: Shape, x: number, y: number) =>
  shapeSpans(shape)(y).some(([left, right]) => x >= left && x <= right);

/** How far (x, y) is inside the limb: the best of a thousand circles along it. */
function depthInLimb({ from, to, fromRadius, toRadius }: Limb, [x, y]: Point): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let step = 0; step <= 1000; step++) {
    const share = step / 1000;
    const mix = (a: number, b: number) => a + (b - a) * share;
    const distance = Math.hypot(x - mix(from[0], to[0]), y - mix(from[1], to[1]));
    best = Math.max(best, mix(fromRadius, toRadius) - distance);
  }
  return best;
}

test("a limb is every circle between its two ends", () => {
  fc.assert(
    fc.property(limb, point, (limb, at) => {
      const depth = depthInLimb(limb, at);
      // A thousand circles leave gaps of less than 0.05 pixels at the rim.
      if (Math.abs(depth) < 0.05) return;
      expect(isInSpans(limb, at[0], at[1])).toBe(depth > 0);
    }),
    { numRuns: 500 },
  );
});

test("an ellipse is where the rotated equation holds", () => {
  // Half axes 10 and 4, turned by 30°: its rim along the turned x axis is at (20 + 10 cos 30°, 20 + 10 sin 30°).
  const ellipse: Shape = { kind: "ellipse", center: [20, 20], radiusX: 10, radiusY: 4, angle: Math.PI / 6 };
  const [spans] = shapeSpans(ellipse)(20 + 10 * Math.sin(Math.PI / 6));
  const rim = 20 + 10 * Math.cos(Math.PI / 6);
  expect(Math.min(Math.abs((spans?.[0] ?? 0) - rim), Math.abs((spans?.[1] ?? 0) - rim))).toBeLessThan(1e-9);
  expect(shapeSpans(ellipse)(40)).toEqual([]);
});

test("spans cover the pixels that are drawn", async () => {
  await fc.assert(
    fc.asyncProperty(shape, async (shape) => {
      const body = shapeSvg(shape, { hue: 0, saturation: 0, lightness: 50 }, 1);
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}">${body}</svg>`;
      const { data } = await sharp(Buffer.from(svg))
        .ensureAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const spansAt = shapeSpans(shape);
      const wrong: string[] = [];
      for (let y = 0; y < SIZE; y++) {
        const spans = spansAt(y + 0.5);
        for (let x = 0; x < SIZE; x++) {
          const alpha = data[(y * SIZE + x) * 4 + 3] ?? 0;
          // Pixels at the rim are half covered; those well inside or outside must agree.
          if (alpha > 15 && alpha < 240) continue;
          const isInside = spans.some(([left, right]) => x + 0.5 >= left && x + 0.5 <= right);
          if (isInside !== alpha > 127) wrong.push(`${x},${y}`);
        }
      }
      expect(wrong).toEqual([]);
    }),
    { numRuns: 100, endOnFailure: true },
  );
});
