import fc from "fast-check";
import { expect, test } from "vitest";
import { parseYoloLabels } from "../../../datasets/convert/read-yolo.ts";

const context = { width: 640, height: 480, numKeypoints: 2, where: "a.txt" };

test("shares of the picture become pixels, and centres corners", () => {
  // Box 0.25 · 640 = 160 wide around 0.5 · 640 = 320: from 240. 0.5 · 480 = 240 high around 240: from 120.
  const [person] = parseYoloLabels("0 0.5 0.5 0.25 0.5 0.1 0.2 2 0.3 0.4 1\n", context);
  expect(person).toEqual({ box: [240, 120, 160, 240], keypoints: [64, 96, 2, 192, 192, 1] });
});

test("unlabelled keypoints have no coordinates, however they are written", () => {
  const [three] = parseYoloLabels("0 0.5 0.5 0.25 0.5 0.1 0.2 0 0.3 0.4 2", context);
  expect(three?.keypoints).toEqual([0, 0, 0, 192, 192, 2]);
  const [two] = parseYoloLabels("0 0.5 0.5 0.25 0.5 0 0 0.3 0.4", context);
  expect(two?.keypoints).toEqual([0, 0, 0, 192, 192, 2]);
});

test("whole pixels survive six decimals", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 640 }), fc.integer({ min: 0, max: 480 }), (x, y) => {
      const line = `0 0.5 0.5 0.5 0.5 ${(x / 640).toFixed(6)} ${(y / 480).toFixed(6)} 2 0 0 0`;
      expect(parseYoloLabels(line, context)[0]?.keypoints.slice(0, 2)).toEqual([x, y]);
    }),
  );
});

test("a wrong line is named, with what was expected", () => {
  const good = "0 0.5 0.5 0.25 0.5 0.1 0.2 2 0.3 0.4 1";
  expect(() => parseYoloLabels(`${good}\n\n0 0.5 0.5\n`, context)).toThrow(
    "a.txt line 3: expected 11 or 9 numbers (2 keypoints), got 3",
  );
  expect(() => parseYoloLabels(good.replace("0.3", "x"), context)).toThrow(
    /line 1: .*got something else in place 9/,
  );
  expect(() => parseYoloLabels(good.replace("0", "3"), context)).toThrow(
    "a.txt line 1: expected class 0 (people), got 3",
  );
});

test("an empty text is nobody", () => {
  expect(parseYoloLabels("", context)).toEqual([]);
});
