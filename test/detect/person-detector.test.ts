import * as fc from "fast-check";
import { expect, test } from "vitest";
import { tupleOfBox } from "../../datasets/crop/crop-geometry.ts";
import { boxIou } from "../../eval/analysis/person-groups.ts";
import { type PersonBox, suppressOverlaps } from "../../src/detect/person-detector.ts";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const boxes = fc.array(
  fc.record({
    x: number(0, 50),
    y: number(0, 50),
    width: number(1, 40),
    height: number(1, 40),
    score: number(0, 1),
  }),
  { maxLength: 30 },
);
const overlap = (a: PersonBox, b: PersonBox) => boxIou(tupleOfBox(a), tupleOfBox(b));

test("no two boxes kept overlap too much, and every box dropped overlaps a better one that is kept", () => {
  fc.assert(
    fc.property(boxes, number(0.1, 0.9), (all, maxIou) => {
      const kept = suppressOverlaps(all, maxIou);
      for (const [i, box] of kept.entries()) {
        for (const better of kept.slice(0, i)) {
          expect(overlap(better, box)).toBeLessThanOrEqual(maxIou);
          expect(better.score).toBeGreaterThanOrEqual(box.score);
        }
      }
      for (const box of all.filter((each) => !kept.includes(each))) {
        expect(kept.some((better) => better.score >= box.score && overlap(better, box) > maxIou)).toBe(true);
      }
    }),
  );
});

test("with a limit, the best of those that would be kept stay", () => {
  fc.assert(
    fc.property(boxes, fc.integer({ min: 1, max: 10 }), (all, limit) => {
      expect(suppressOverlaps(all, 0.6, limit)).toEqual(suppressOverlaps(all, 0.6).slice(0, limit));
    }),
  );
});
