import { expect, test } from "vitest";
import {
  boxIou,
  largestOverlaps,
  overlapGroups,
  sizeGroups,
  visibilityGroups,
} from "../../../eval/analysis/person-groups.ts";
import type { BoxTuple, TruthAnnotation } from "../../../eval/keypoint-data.ts";

function person(box: BoxTuple, more: Partial<TruthAnnotation> = {}): TruthAnnotation {
  return {
    id: 1,
    imageId: 1,
    categoryId: 1,
    keypoints: [],
    numKeypoints: 17,
    box,
    area: 1,
    isCrowd: false,
    ...more,
  };
}

test("two boxes that share a third of their union have an overlap of a third", () => {
  // Each 10 by 10; they share 5 by 10 of 150.
  expect(boxIou([0, 0, 10, 10], [5, 0, 10, 10])).toBeCloseTo(50 / 150, 12);
  expect(boxIou([0, 0, 10, 10], [10, 0, 10, 10])).toBe(0);
  expect(boxIou([0, 0, 0, 0], [0, 0, 0, 0])).toBe(0);
});

test("a person's overlap is the largest with another person, not with a crowd or itself", () => {
  const persons = [
    person([0, 0, 10, 10]),
    person([5, 0, 10, 10]),
    person([0, 8, 10, 10]),
    person([0, 0, 10, 10], { isCrowd: true }),
  ];
  const overlaps = largestOverlaps([{ persons }]);
  // 1 and 2 share 50 of 150, 1 and 3 share 20 of 180.
  expect(persons.map((one) => overlaps.get(one)?.toFixed(4))).toEqual([
    "0.3333",
    "0.3333",
    "0.1111",
    undefined,
  ]);
});

test("every person is in exactly one group of each kind", () => {
  const persons = [0, 500, 32 ** 2, 5000, 96 ** 2, 20_000, 1e6].map((area, index) =>
    person([3 * index, 0, 10, 10], { area, numKeypoints: 1 + ((index * 5) % 17) }),
  );
  for (const groups of [sizeGroups(), visibilityGroups(17), overlapGroups([{ persons }])]) {
    for (const one of persons) expect(groups.filter((group) => group.has(one))).toHaveLength(1);
  }
});

test("groups by visible keypoints go in fives and end with the skeleton", () => {
  expect(visibilityGroups(17).map(({ name }) => name)).toEqual(["1–5", "6–10", "11–15", "16–17"]);
  expect(visibilityGroups(16).at(-1)?.name).toBe("16");
  expect(sizeGroups().find((group) => group.has(person([0, 0, 1, 1], { area: 96 ** 2 })))?.name).toBe(
    "96²–128²",
  );
});
