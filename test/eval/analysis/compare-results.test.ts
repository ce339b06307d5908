import { expect, test } from "vitest";
import {
  bootstrapImages,
  compareResults,
  quantile,
  splitMix32,
} from "../../../eval/analysis/compare-results.ts";
import { evaluateKeypoints } from "../../../eval/evaluate-keypoints.ts";
import { STAT_NAMES } from "../../../eval/summary.ts";
import { perturbedResults, TYPICAL_FAULTS } from "./perturbed-results.ts";
import { syntheticTruth } from "./synthetic-truth.ts";

const TRUTH = syntheticTruth(60);
const WORSE = perturbedResults(TRUTH, TYPICAL_FAULTS);
const BETTER = perturbedResults(TRUTH, { ...TYPICAL_FAULTS, noise: 0.25, lost: 0.02 });
const FEW = { resamples: 200 };

test("lines are the evaluator's, and differences theirs", () => {
  const { lines } = compareResults(TRUTH, WORSE, BETTER, {}, FEW);
  const [first, second] = [WORSE, BETTER].map((results) => evaluateKeypoints(TRUTH, results).stats);
  expect(lines.map(({ name }) => name)).toEqual(STAT_NAMES);
  lines.forEach((line, index) => {
    expect(line.first).toBeCloseTo(first?.[index] as number, 12);
    expect(line.second).toBeCloseTo(second?.[index] as number, 12);
    expect(line.difference?.value).toBeCloseTo(line.second - line.first, 12);
  });
});

test("a result beats a clearly worse one surely, and itself not at all", () => {
  const ap = compareResults(TRUTH, WORSE, BETTER, {}, FEW).lines[0]?.difference;
  expect(ap?.low).toBeGreaterThan(0);
  expect(ap?.notBetter).toBe(0);
  const itself = compareResults(TRUTH, WORSE, WORSE, {}, FEW);
  expect(itself.lines[0]?.difference).toEqual({ value: 0, low: 0, high: 0, notBetter: 1 });
  expect(itself.images.every(({ gain }) => gain === 0)).toBe(true);
});

test("results that exchange places exchange signs", () => {
  const forth = compareResults(TRUTH, WORSE, BETTER, {}, FEW).lines;
  const back = compareResults(TRUTH, BETTER, WORSE, {}, FEW).lines;
  forth.forEach(({ difference }, line) => {
    const reverse = back[line]?.difference;
    expect(reverse?.value).toBeCloseTo(-(difference?.value ?? Number.NaN), 12);
    expect(reverse?.low).toBeCloseTo(-(difference?.high ?? Number.NaN), 12);
    expect(reverse?.high).toBeCloseTo(-(difference?.low ?? Number.NaN), 12);
  });
});

test("the same seed gives the same intervals, another one others", () => {
  const low = (seed: number) =>
    compareResults(TRUTH, WORSE, BETTER, {}, { ...FEW, seed }).lines[0]?.difference?.low;
  expect(low(3)).toBe(low(3));
  expect(low(3)).not.toBe(low(4));
});

test("pairing makes intervals narrower than those of two unpaired results", () => {
  const slightly = WORSE.map((result, index) =>
    index % 9 === 0 ? { ...result, score: result.score * 0.9 } : result,
  );
  const paired = compareResults(TRUTH, WORSE, slightly, {}, FEW).lines[0]?.difference;
  const alone = compareResults(TRUTH, [], WORSE, {}, FEW).lines[0]?.difference;
  const width = (difference: typeof paired) =>
    (difference?.high ?? Number.NaN) - (difference?.low ?? Number.NaN);
  expect(width(paired)).toBeLessThan(width(alone) / 3);
});

test("the image that changed most is the one where results differ", () => {
  const [imageId] = TRUTH.imageIds.toSorted((a, b) => numOn(b) - numOn(a));
  const spoilt = WORSE.map((result) =>
    result.imageId === imageId
      ? { ...result, keypoints: Array.from(result.keypoints, (value) => value + 2000) }
      : result,
  );
  const { images } = compareResults(TRUTH, WORSE, spoilt, {}, FEW);
  expect(images[0]?.imageId).toBe(imageId);
  expect(images[0]?.gain).toBeLessThan(0);
  // Without the image there is no difference left: it holds all of it.
  const difference = compareResults(TRUTH, WORSE, spoilt, {}, FEW).lines[0]?.difference?.value;
  expect(images[0]?.gain).toBeCloseTo(difference as number, 12);
});

test("a line without persons has no difference, and odd options are refused", () => {
  const small = { ...TRUTH, annotations: TRUTH.annotations.filter(({ area }) => area < 96 ** 2) };
  const lines = compareResults(small, WORSE, BETTER, {}, FEW).lines;
  const large = lines.find(({ name }) => name === "AP(L)");
  expect(large).toEqual({ name: "AP(L)", first: -1, second: -1 });
  expect(() => compareResults(TRUTH, [], [], {}, { resamples: 0 })).toThrow(
    "resamples: expected a whole number of at least 1, got 0",
  );
  expect(() => compareResults(TRUTH, [], [], {}, { confidence: 1 })).toThrow("got 1");
});

function numOn(imageId: number): number {
  return TRUTH.annotations.filter((person) => person.imageId === imageId).length;
}

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
  const stream = (seed: number) => Array.from({ length: 20_000 }, splitMix32(seed));
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
