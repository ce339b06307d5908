import { expect, test } from "vitest";
import { gain, percent, score, signed, spoken } from "../../../src/report/kit/numbers.ts";

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
