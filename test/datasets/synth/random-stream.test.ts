import { expect, test } from "vitest";
import { randomStream } from "../../../datasets/synth/random-stream.ts";

const draw = (count: number, random = randomStream(1, "test")) => Array.from({ length: count }, random.next);

test("the same path gives the same numbers, another path others", () => {
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(5, randomStream(2, "test")));
  expect(draw(5)).not.toEqual(draw(5, randomStream(1, "tesu")));
});

test("a number and its text are the same seed", () => {
  expect(draw(5, randomStream("7", 1))).toEqual(draw(5, randomStream(7, "1")));
  expect(draw(5, randomStream("7/1"))).not.toEqual(draw(5, randomStream(7, 1)));
});

test("what a fork draws does not shift its parent", () => {
  const alone = randomStream(1);
  const forked = randomStream(1);
  draw(100, forked.fork("other"));
  expect(draw(5, forked)).toEqual(draw(5, alone));
});

test("uniform numbers fill their range evenly", () => {
  const random = randomStream(3);
  const tenths = new Array(10).fill(0);
  for (let index = 0; index < 20_000; index++) tenths[Math.floor(random.uniform(0, 10))]++;
  // Each tenth expects 2000 with a deviation of √(20000 · 0.1 · 0.9) = 42.
  for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(5 * 42);
});

test("normal numbers have the mean and deviation asked for", () => {
  const random = randomStream(4);
  const numbers = Array.from({ length: 20_000 }, () => random.normal(3, 2));
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
  expect(mean).toBeCloseTo(3, 1);
  expect(Math.sqrt(variance)).toBeCloseTo(2, 1);
});

test("whole numbers include both ends", () => {
  const random = randomStream(5);
  const seen = new Set(Array.from({ length: 200 }, () => random.integer(2, 4)));
  expect([...seen].sort()).toEqual([2, 3, 4]);
});
