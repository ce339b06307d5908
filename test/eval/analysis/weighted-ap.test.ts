import fc from "fast-check";
import { expect, test } from "vitest";
import { type RankedOutcomes, scoreCells } from "../../../eval/analysis/outcomes.ts";
import { weightedAp, weightedLines } from "../../../eval/analysis/weighted-ap.ts";
import { evaluateKeypoints } from "../../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../../eval/keypoint-data.ts";
import { FALSE_POSITIVE, IGNORED, TRUE_POSITIVE } from "../../../eval/match.ts";
import { QUIRKS, resolveParams } from "../../../eval/params.ts";
import { randomCase } from "../random-case.ts";
import { anyOutcomes } from "./any-outcomes.ts";
import { perturbedResults, TYPICAL_FAULTS } from "./perturbed-results.ts";
import { syntheticTruth } from "./synthetic-truth.ts";

const RECALLS = Array.from({ length: 101 }, (_, index) => index * 0.01);

/** COCO's accumulation, written down plainly, over copies of the images instead of weights. */
function plainAp(
  ranked: RankedOutcomes,
  threshold: number,
  weights: readonly number[],
): [ap: number, recall: number] {
  let persons = 0;
  ranked.persons.forEach((count, image) => {
    persons += count * (weights[image] ?? 0);
  });
  if (persons === 0) return [-1, -1];
  const recall: number[] = [];
  const precision: number[] = [];
  let found = 0;
  let wrong = 0;
  ranked.images.forEach((image, rank) => {
    const outcome = ranked.outcomes[threshold]?.[rank];
    for (let copy = 0; copy < (weights[image] ?? 0); copy++) {
      if (outcome === TRUE_POSITIVE) found++;
      else if (outcome === FALSE_POSITIVE) wrong++;
      recall.push(found / persons);
      precision.push(found / (wrong + found + 2 ** -52));
    }
  });
  for (let index = precision.length - 1; index > 0; index--) {
    precision[index - 1] = Math.max(precision[index - 1] ?? 0, precision[index] ?? 0);
  }
  const sampled = RECALLS.map((wanted) => precision[recall.findIndex((reached) => reached >= wanted)] ?? 0);
  return [sampled.reduce((sum, value) => sum + value, 0) / RECALLS.length, found / persons];
}

test("weights give what copies of the images would give", () => {
  fc.assert(
    fc.property(anyOutcomes, ({ ranked, weights }) => {
      const { precision, recall } = weightedAp(ranked, RECALLS)(weights);
      ranked.outcomes.forEach((_, threshold) => {
        const [ap, finalRecall] = plainAp(ranked, threshold, weights);
        expect(precision[threshold]).toBeCloseTo(ap, 13);
        expect(recall[threshold]).toBe(finalRecall);
      });
    }),
    { numRuns: 500 },
  );
});

test("a false positive before the only true positive halves the precision, an ignored one does not", () => {
  const outcomes: RankedOutcomes = {
    images: Int32Array.of(0, 0, 1),
    outcomes: [Uint8Array.of(FALSE_POSITIVE, IGNORED, TRUE_POSITIVE)],
    persons: Int32Array.of(0, 1),
  };
  expect(weightedAp(outcomes, RECALLS)([1, 1]).precision[0]).toBeCloseTo(1 / 2, 12);
  expect(weightedAp(outcomes, RECALLS)([0, 1]).precision[0]).toBeCloseTo(1, 12);
  expect(weightedAp(outcomes, RECALLS)([1, 0]).precision[0]).toBe(-1);
});

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

test("with every image once the lines are the evaluator's on any mix of data, parameters and quirks", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5000 }), fc.subarray([...QUIRKS]), (seed, quirks) => {
      const { truth, results, params } = randomCase(seed);
      const given = resolveParams(truth, { ...params, maxDetections: [20], quirks });
      const lines = weightedLines(scoreCells(truth, results, given), given);
      // Where nothing may match there is nothing to compare: this quirk the weighted evaluation leaves out.
      const followed = quirks.filter((quirk) => quirk !== "pooled-categories");
      const { stats } = evaluateKeypoints(truth, results, { ...given, quirks: followed });
      expect(lines(given.imageIds.map(() => 1))).toEqual(stats.map((value) => expect.closeTo(value, 12)));
    }),
    { numRuns: 300 },
  );
});
