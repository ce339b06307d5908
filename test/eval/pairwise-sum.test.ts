import fc from "fast-check";
import { expect, test } from "vitest";
import { pairwiseSum } from "../../eval/pairwise-sum.ts";

test("seventeen numbers are added in eight lanes, the lanes in pairs, the rest one by one", () => {
  const v = Array.from({ length: 17 }, (_, i) => 1 / (i + 3));
  const at = (i: number): number => v[i] as number;
  const lane = (i: number): number => at(i) + at(i + 8);
  const lanes = lane(0) + lane(1) + (lane(2) + lane(3)) + (lane(4) + lane(5) + (lane(6) + lane(7)));
  expect(pairwiseSum(v)).toBe(lanes + at(16));
});

test("300 numbers are halved at a multiple of eight", () => {
  const v = Array.from({ length: 300 }, (_, i) => Math.sin(i));
  // 300 / 2 = 150, down to 144; 300 - 144 = 156 is halved again at 72 (78 down to 72).
  expect(pairwiseSum(v)).toBe(pairwiseSum(v, 0, 144) + (pairwiseSum(v, 144, 72) + pairwiseSum(v, 216, 84)));
});

test("whole numbers have one sum in any order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 1000 }), (values) => {
      expect(pairwiseSum(values)).toBe(values.reduce((sum, value) => sum + value, 0));
    }),
  );
});
