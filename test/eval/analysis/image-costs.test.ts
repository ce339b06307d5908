import fc from "fast-check";
import { expect, test } from "vitest";
import { leaveOneOutAp, NO_IMAGE } from "../../../eval/analysis/image-costs.ts";
import { meanOfValid, weightedAp } from "../../../eval/analysis/weighted-ap.ts";
import { anyOutcomes } from "./any-outcomes.ts";

const RECALLS = Array.from({ length: 101 }, (_, index) => index * 0.01);

test("without an image AP is that of a weight of 0", () => {
  fc.assert(
    fc.property(anyOutcomes, anyOutcomes, ({ ranked }, { ranked: others }) => {
      const numImages = Math.min(ranked.persons.length, others.persons.length);
      for (const categories of [[ranked], [ranked, others]]) {
        const without = leaveOneOutAp(categories, RECALLS);
        const weighted = categories.map((category) => ({
          score: weightedAp(category, RECALLS),
          numImages: category.persons.length,
        }));
        for (let image = NO_IMAGE; image < numImages; image++) {
          const expected = weighted.flatMap(({ score, numImages: count }) => {
            const weights = Array.from({ length: count }, (_, index) => Number(index !== image));
            return Array.from(score(weights).precision);
          });
          expect(without(image)).toBeCloseTo(meanOfValid(expected), 12);
        }
      }
    }),
    { numRuns: 200 },
  );
});
