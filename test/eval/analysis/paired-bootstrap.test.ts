import { expect, test } from "vitest";
import { bootstrapImages, quantile } from "../../../eval/analysis/paired-bootstrap.ts";
import { seededRandom } from "../../../eval/analysis/random.ts";

test("each draw holds as many images as there are", () => {
  const totals = bootstrapImages(50, 30, 1, (weights) => [
    Array.from(weights).reduce((sum, weight) => sum + weight, 0),
  ]);
  expect(totals).toEqual(Array.from({ length: 30 }, () => [50]));
});

test("the spread of a mean over draws is that of theory", () => {
  // Of 0 … 99 the variance is (100² - 1) / 12; that of the mean of 100 draws a hundredth of it.
  const means = bootstrapImages(100, 4000, 2, (weights) => [
    Array.from(weights).reduce((sum, weight, value) => sum + weight * value, 0) / 100,
  ]).map(([mean]) => mean as number);
  const centre = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  const deviation = Math.sqrt(means.reduce((sum, mean) => sum + (mean - centre) ** 2, 0) / means.length);
  expect(centre).toBeCloseTo(49.5, 0);
  expect(deviation / Math.sqrt((100 ** 2 - 1) / 12 / 100)).toBeCloseTo(1, 1);
});

test("quantiles lie linearly between the two nearest values", () => {
  expect(quantile([0, 1, 2, 3, 4], 0.5)).toBe(2);
  expect(quantile([0, 10], 0.25)).toBe(2.5);
  expect(quantile([7], 0.975)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
});

test("random numbers are uniform in [0, 1) and repeat with their seed", () => {
  const stream = (seed: number) => Array.from({ length: 20_000 }, seededRandom(seed));
  const values = stream(5);
  expect(stream(5)).toEqual(values);
  expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  const tenths = Array.from(
    { length: 10 },
    (_, tenth) => values.filter((value) => Math.floor(10 * value) === tenth).length,
  );
  // 2,000 each, give or take four deviations of sqrt(20000 * 0.1 * 0.9) = 42.
  for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(170);
});
