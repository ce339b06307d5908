import fc from "fast-check";
import { expect, test } from "vitest";
import { type Point, smoothBins, thinSeries } from "../../../src/report/run/thin-series.ts";

const value = fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: null });
const series = fc
  .array(value, { maxLength: 400 })
  .map((values): Point[] => values.map((y, index) => ({ x: index + 1, y })));
const finite = (points: readonly Point[]) => points.flatMap(({ y }) => (y === null ? [] : [y]));

test("bins are few and keep count, mean, extremes and order of what they stand for", () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 60 }), (points, most) => {
      const bins = thinSeries(points, most);
      const values = finite(points);
      expect(bins.length).toBeLessThanOrEqual(most);
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
      const total = bins.reduce((sum, { mean, count }) => sum + mean * count, 0);
      expect(total).toBeCloseTo(
        values.reduce((sum, y) => sum + y, 0),
        3,
      );
      expect(Math.min(...bins.map(({ low }) => low))).toBe(Math.min(...values));
      expect(Math.max(...bins.map(({ high }) => high))).toBe(Math.max(...values));
      for (const [i, bin] of bins.entries()) {
        expect(bin.low <= bin.mean && bin.mean <= bin.high).toBe(true);
        expect(bin.x).toBeGreaterThan(bins[i - 1]?.x ?? 0);
      }
    }),
  );
});

test("a short series stays as it is, values that are not finite left out", () => {
  const points = [1, Number.NaN, 3, null, Number.POSITIVE_INFINITY].map((y, x) => ({ x, y }));
  expect(thinSeries(points, 5)).toEqual([
    { x: 0, mean: 1, low: 1, high: 1, count: 1 },
    { x: 2, mean: 3, low: 3, high: 3, count: 1 },
  ]);
  expect(thinSeries([])).toEqual([]);
  expect(() => thinSeries(points, 0)).toThrow("thinSeries: expected maxBins > 0, got 0");
});

test("five points in at most two bins are three and two", () => {
  const points = [1, 2, 6, 10, 20].map((y, x) => ({ x, y }));
  expect(thinSeries(points, 2)).toEqual([
    { x: 1, mean: 3, low: 1, high: 6, count: 3 },
    { x: 3.5, mean: 15, low: 10, high: 20, count: 2 },
  ]);
});

test("of sixty thousand steps each is looked at a few times only, however many bins there are", () => {
  let reads = 0;
  const points = Array.from({ length: 60_000 }, (_, x) => ({
    x,
    get y() {
      reads++;
      return Math.sin(x);
    },
  }));
  // 60000 / 600: runs of 100.
  expect(thinSeries(points)).toHaveLength(600);
  expect(reads).toBeLessThanOrEqual(4 * points.length);
});

test("smoothing weighs bins by their points and shortens its window at the ends", () => {
  const bin = (mean: number, count: number) => ({ x: 0, mean, low: mean, high: mean, count });
  // (3·1 + 1·5) / 4 = 2, then all three: (3·1 + 1·5 + 4·9) / 8 = 5.5, then (5 + 4·9) / 5 = 8.2
  expect(smoothBins([bin(1, 3), bin(5, 1), bin(9, 4)], 1)).toEqual([2, 5.5, 8.2]);
  expect(smoothBins([bin(1, 3), bin(5, 1)], 0)).toEqual([1, 5]);
});
