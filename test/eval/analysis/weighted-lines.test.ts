import { expect, test } from "vitest";
import { scoreCells } from "../../../eval/analysis/scored-cells.ts";
import { weightedLines } from "../../../eval/analysis/weighted-lines.ts";
import { evaluateKeypoints } from "../../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../../eval/keypoint-data.ts";
import { perturbedResults, TYPICAL_FAULTS } from "./perturbed-results.ts";
import { syntheticTruth } from "./synthetic-truth.ts";

function expectSameLines(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  weights?: readonly number[],
): void {
  const { params } = evaluateKeypoints(truth, []);
  const lines = weightedLines(scoreCells(truth, results, params), params);
  const copies = copyImages(truth, results, weights ?? truth.imageIds.map(() => 1));
  const expected = evaluateKeypoints(copies.truth, copies.results).stats;
  lines(weights ?? truth.imageIds.map(() => 1)).forEach((value, line) => {
    expect(value).toBeCloseTo(expected[line] as number, 12);
  });
}

/** Writes every image down as often as its weight says, under ids that keep the order. */
function copyImages(truth: KeypointTruth, results: readonly KeypointResult[], weights: readonly number[]) {
  const copiesOf = <Item extends { readonly imageId: number }>(item: Item): Item[] =>
    Array.from({ length: weights[truth.imageIds.indexOf(item.imageId)] ?? 0 }, (_, copy) => ({
      ...item,
      imageId: item.imageId * 100 + copy,
    }));
  return {
    truth: {
      ...truth,
      imageIds: truth.imageIds.flatMap((imageId) => copiesOf({ imageId }).map((copy) => copy.imageId)),
      annotations: truth.annotations
        .flatMap(copiesOf)
        .map((annotation, index) => ({ ...annotation, id: index + 1 })),
    },
    results: results.flatMap(copiesOf),
  };
}

test("with every image once the lines are the evaluator's", () => {
  for (const seed of [1, 2, 3]) {
    const truth = syntheticTruth(60, seed);
    expectSameLines(truth, perturbedResults(truth, { ...TYPICAL_FAULTS, seed }));
  }
});

test("with images drawn several times the lines are the evaluator's on as many copies", () => {
  const truth = syntheticTruth(40, 4);
  // No two scores alike: copies of tied detections could stand in several orders.
  const results = perturbedResults(truth, TYPICAL_FAULTS).map((result, index) => ({
    ...result,
    score: result.score + index * 1e-6,
  }));
  expectSameLines(
    truth,
    results,
    truth.imageIds.map((imageId) => (imageId * 7) % 4),
  );
});

test("with several categories, without results, and without any person the lines are the evaluator's", () => {
  const truth = syntheticTruth(40, 5);
  const results = perturbedResults(truth, TYPICAL_FAULTS);
  const twoKinds = {
    ...truth,
    categoryIds: [1, 7],
    annotations: truth.annotations.map((person) => ({ ...person, categoryId: person.id % 3 === 0 ? 7 : 1 })),
  };
  expectSameLines(twoKinds, perturbedResults(twoKinds, TYPICAL_FAULTS));
  expectSameLines(truth, []);
  expectSameLines({ ...truth, annotations: [] }, results);
});
