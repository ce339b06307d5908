import { expect, test } from "vitest";
import { matchImage } from "../../eval/match.ts";

const truths = (ignored: number[], crowd: number[] = ignored.map(() => 0)) => ({
  ignored: Uint8Array.from(ignored),
  crowd: Uint8Array.from(crowd),
});

/** Rows are detections, best first; columns persons. */
const match = (oks: number[][], persons: ReturnType<typeof truths>, thresholds = [0.5]): number[] =>
  Array.from(matchImage(Float64Array.from(oks.flat()), oks.length, persons, thresholds));

test("an OKS equal to the threshold matches", () => {
  expect(match([[0.5]], truths([0]))).toEqual([0]);
  expect(match([[0.5 - Number.EPSILON]], truths([0]))).toEqual([-1]);
});

test("a threshold of one takes an OKS that rounding left a little below", () => {
  expect(match([[1 - 1e-11]], truths([0]), [1])).toEqual([0]);
});

test("the best detection chooses first, and a person is taken once", () => {
  expect(match([[0.6], [0.9]], truths([0]))).toEqual([0, -1]);
});

test("of equal OKS the later person wins", () => {
  expect(match([[0.8, 0.8]], truths([0, 0]))).toEqual([1]);
});

test("an ignored person is taken only by a detection that no regular one matches", () => {
  expect(match([[0.9, 0.6]], truths([1, 0]))).toEqual([1]);
  expect(match([[0.9, 0.4]], truths([1, 0]))).toEqual([0]);
});

test("a crowd takes many detections, an ignored person one", () => {
  expect(match([[0.9], [0.8], [0.7]], truths([1], [1]))).toEqual([0, 0, 0]);
  expect(match([[0.9], [0.8], [0.7]], truths([1], [0]))).toEqual([0, -1, -1]);
});

test("each threshold is matched on its own", () => {
  // At .5 both match; at .8 only the first; at .95 none.
  expect(
    match(
      [
        [0.9, 0],
        [0, 0.6],
      ],
      truths([0, 0]),
      [0.5, 0.8, 0.95],
    ),
  ).toEqual([0, 1, 0, -1, -1, -1]);
});
