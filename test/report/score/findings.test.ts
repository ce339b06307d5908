import { expect, test } from "vitest";
import { analyseKeypoints } from "../../../eval/analysis/analyse-keypoints.ts";
import { evaluateKeypoints } from "../../../eval/evaluate-keypoints.ts";
import { findings } from "../../../src/report/score/findings.ts";
import { type Faults, NO_FAULTS, perturbedResults } from "../../eval/analysis/perturbed-results.ts";
import { syntheticTruth } from "../../eval/analysis/synthetic-truth.ts";

const TRUTH = syntheticTruth(60);

function told(faults: Partial<Faults>): string {
  const results = perturbedResults(TRUTH, { ...NO_FAULTS, ...faults });
  const analysis = analyseKeypoints(TRUTH, results, evaluateKeypoints(TRUTH, results));
  return findings(analysis)
    .map(({ kind, text }) => `${kind}: ${text}`)
    .join("\n");
}

test("of perfect results only good is said", () => {
  const text = told({});
  expect(text).toContain("good: 100.0% of");
  expect(text).toContain("none is missed altogether");
  expect(text).not.toContain("cost:");
});

test("the costliest error is the one that was put in", () => {
  expect(told({ lost: 0.3 })).toContain("cost: The costliest: missed keypoints.");
  expect(told({ noise: 0.4 })).toContain("cost: The costliest: jitter.");
  expect(told({ missedPersons: 0.3 })).toContain("cost: The costliest: missed persons.");
});

test("without a person or a detection there is little to say", () => {
  const nobody = { ...TRUTH, annotations: [] };
  expect(findings(analyseKeypoints(nobody, [], evaluateKeypoints(nobody, [])))).toEqual([]);
  expect(findings(analyseKeypoints(TRUTH, [], evaluateKeypoints(TRUTH, [])))).toEqual([
    { kind: "cost", text: "There is not one detection." },
  ]);
});
