import { expect, test } from "vitest";
import { aboutX, aboutY, aboutZ, compose, cross, rotate } from "../../../datasets/synth/vector.ts";

const QUARTER = Math.PI / 2;
const close = (value: readonly number[], expected: readonly number[]) => {
  value.forEach((number, index) => {
    expect(number).toBeCloseTo(expected[index] ?? Number.NaN, 12);
  });
};

test("a quarter turn about an axis takes the next axis to the one after", () => {
  close(rotate(aboutX(QUARTER), [0, 1, 0]), [0, 0, 1]);
  close(rotate(aboutY(QUARTER), [0, 0, 1]), [1, 0, 0]);
  close(rotate(aboutZ(QUARTER), [1, 0, 0]), [0, 1, 0]);
});

test("composing turns is turning one after the other", () => {
  const [first, second] = [aboutX(0.4), aboutZ(-1.1)];
  close(rotate(compose(first, second), [1, 2, 3]), rotate(second, rotate(first, [1, 2, 3])));
});

test("left × up is front", () => {
  expect(cross([1, 0, 0], [0, 1, 0])).toEqual([0, 0, 1]);
});
