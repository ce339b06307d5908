import { expect, test } from "vitest";
import { createRandom, xoshiro128 } from "../../datasets/random.ts";

test("xoshiro128** gives the numbers of the published algorithm for the state 1, 2, 3, 4", () => {
  const next = xoshiro128([1, 2, 3, 4]);
  // Computed with a direct transcription of the authors' C code into Python's unbounded whole numbers.
  const expected = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ];
  expect(expected.map(() => next())).toEqual(expected);
});

test("the same key gives the same numbers, another key others", () => {
  const draw = (...key: number[]) => {
    const random = createRandom(...key);
    return [random.bits(), random.uniform(), random.normal(), random.integer(1000)];
  };
  expect(draw(1, 2, 3)).toEqual(draw(1, 2, 3));
  const others = [[1, 2, 4], [1, 3, 3], [2, 2, 3], [3, 2, 1], [1, 2], [1, 2, 3, 0], []];
  for (const other of others) expect(draw(...other)).not.toEqual(draw(1, 2, 3));
});

test("neighbouring keys start differently: first draws of 100,000 of them are uniform and uncorrelated", () => {
  const count = 100_000;
  const first = Float64Array.from({ length: count }, (_, i) => createRandom(0, 0, i).uniform());
  const mean = first.reduce((sum, value) => sum + value) / count;
  // Standard error of a mean of uniforms: sqrt(1 / 12 / 100,000) = 0.0009; five of them.
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.0046);
  let products = 0;
  for (let i = 1; i < count; i += 1)
    products += ((first[i] as number) - 0.5) * ((first[i - 1] as number) - 0.5);
  // Variance of a product of two centred uniforms is 1 / 144.
  expect(Math.abs(products / count)).toBeLessThan(5 * Math.sqrt(1 / 144 / count));
});

test("integer draws every number below its count about equally often", () => {
  const random = createRandom(5);
  const seen = new Array(7).fill(0);
  for (let i = 0; i < 70_000; i += 1) seen[random.integer(7)] += 1;
  // Binomial: standard deviation sqrt(70,000 · 1/7 · 6/7) = 93; five of them.
  for (const count of seen) expect(Math.abs(count - 10_000)).toBeLessThan(465);
  expect(createRandom(5).integer(1)).toBe(0);
});

test("normal has mean 0, variance 1, and tails", () => {
  const random = createRandom(6);
  const values = Array.from({ length: 100_000 }, () => random.normal());
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan(0.016);
  expect(Math.abs(variance - 1)).toBeLessThan(0.023);
  // Beyond two standard deviations: 4.55%.
  const tail = values.filter((value) => Math.abs(value) > 2).length / values.length;
  expect(Math.abs(tail - 0.0455)).toBeLessThan(0.004);
  expect(values.every(Number.isFinite)).toBe(true);
});
