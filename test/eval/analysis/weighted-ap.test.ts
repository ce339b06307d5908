import fc from "fast-check";
import { expect, test } from "vitest";
import type { Outcomes } from "../../../eval/analysis/outcomes.ts";
import { weightedAp } from "../../../eval/analysis/weighted-ap.ts";
import { FALSE_POSITIVE, IGNORED, TRUE_POSITIVE } from "../../../eval/outcome-store.ts";
import { anyOutcomes } from "./any-outcomes.ts";

const RECALLS = Array.from({ length: 101 }, (_, index) => index * 0.01);

/** COCO's accumulation, written down plainly, over copies of the images instead of weights. */
function plainAp(
  outcomes: Outcomes,
  threshold: number,
  weights: readonly number[],
): [ap: number, recall: number] {
  let persons = 0;
  outcomes.persons.forEach((count, image) => {
    persons += count * (weights[image] ?? 0);
  });
  if (persons === 0) return [-1, -1];
  const recall: number[] = [];
  const precision: number[] = [];
  let found = 0;
  let wrong = 0;
  outcomes.images.forEach((image, rank) => {
    const fate = outcomes.fates[threshold]?.[rank];
    for (let copy = 0; copy < (weights[image] ?? 0); copy++) {
      if (fate === TRUE_POSITIVE) found++;
      else if (fate === FALSE_POSITIVE) wrong++;
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
    fc.property(anyOutcomes, ({ outcomes, weights }) => {
      const { precision, recall } = weightedAp(outcomes, RECALLS)(weights);
      outcomes.fates.forEach((_, threshold) => {
        const [ap, finalRecall] = plainAp(outcomes, threshold, weights);
        expect(precision[threshold]).toBeCloseTo(ap, 13);
        expect(recall[threshold]).toBe(finalRecall);
      });
    }),
    { numRuns: 500 },
  );
});

test("a false positive before the only true positive halves the precision, an ignored one does not", () => {
  const outcomes: Outcomes = {
    images: Int32Array.of(0, 0, 1),
    fates: [Uint8Array.of(FALSE_POSITIVE, IGNORED, TRUE_POSITIVE)],
    persons: Int32Array.of(0, 1),
  };
  expect(weightedAp(outcomes, RECALLS)([1, 1]).precision[0]).toBeCloseTo(1 / 2, 12);
  expect(weightedAp(outcomes, RECALLS)([0, 1]).precision[0]).toBeCloseTo(1, 12);
  expect(weightedAp(outcomes, RECALLS)([1, 0]).precision[0]).toBe(-1);
});
