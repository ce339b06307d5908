import { expect, test } from "vitest";
import { duration, gain, percent, score, signed, spoken } from "../../../src/report/kit/numbers.ts";

test("scores round as COCO's lines do, and what is not known is a dash", () => {
  // 9/16 = 0.5625 lies midway and goes to the even digit.
  expect([score(0.5625), score(1), score(-1), score(Number.NaN)]).toEqual(["0.562", "1.000", "–", "–"]);
});

test("differences have their sign, but nothing has none", () => {
  expect([signed(0.0124), signed(-0.0126), signed(0.0001), signed(0)]).toEqual([
    "+0.012",
    "−0.013",
    "0.000",
    "0.000",
  ]);
  expect([gain(0.5, 0.75), gain(-1, 0.5)]).toEqual(["+0.250", "–"]);
});

test("shares are percents and names are words", () => {
  expect([percent(0.4567), percent(0.95, 0), percent(Number.NaN), spoken("left_big_toe")]).toEqual([
    "45.7%",
    "95%",
    "–",
    "left big toe",
  ]);
});

test("a duration has the units that its length asks for, and rounds into the next one", () => {
  expect([0.254, 3.21, 59.94].map(duration)).toEqual(["0.25 s", "3.2 s", "59.9 s"]);
  expect([59.95, 245, 3599.4].map(duration)).toEqual(["1 min 00 s", "4 min 05 s", "59 min 59 s"]);
  // 3599.5 s round to 3600 s = 1 h; 3720 s = 62 min; 2 days = 48 h
  expect([3599.5, 3720, 172_800].map(duration)).toEqual(["1 h 00 min", "1 h 02 min", "48 h 00 min"]);
  expect([Number.NaN, Number.POSITIVE_INFINITY].map(duration)).toEqual(["?", "?"]);
});
