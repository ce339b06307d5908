import { expect, test } from "vitest";
import { analyseKeypoints } from "../../../eval/analysis/analyse-keypoints.ts";
import type { ErrorType } from "../../../eval/analysis/error-costs.ts";
import { evaluateKeypoints } from "../../../eval/evaluate-keypoints.ts";
import type { KeypointResult } from "../../../eval/keypoint-data.ts";
import type { EvalParams } from "../../../eval/params.ts";
import { type Faults, NO_FAULTS, perturbedResults, TYPICAL_FAULTS } from "./perturbed-results.ts";
import { syntheticTruth } from "./synthetic-truth.ts";

const TRUTH = syntheticTruth(80);

function analyse(results: readonly KeypointResult[], params: Partial<EvalParams> = {}) {
  const evaluation = evaluateKeypoints(TRUTH, results, params);
  return { evaluation, analysis: analyseKeypoints(TRUTH, results, evaluation) };
}

function analyseFaults(faults: Partial<Faults>) {
  return analyse(perturbedResults(TRUTH, { ...NO_FAULTS, ...faults })).analysis;
}

/** What correcting one error alone gains. */
function gained({ errorCosts }: ReturnType<typeof analyseFaults>, type: ErrorType): number {
  const cost = errorCosts.costs.find((one) => one.type === type);
  return (cost?.alone.mean ?? Number.NaN) - errorCosts.uncorrected.mean;
}

test("labels as results are perfect: no error costs anything, in no group, at no keypoint", () => {
  const analysis = analyseFaults({});
  expect(analysis.counts).toMatchObject({ missedAtHalf: 0, missedPersons: 0 });
  expect(analysis.errorCosts.uncorrected.mean).toBeCloseTo(1, 12);
  for (const { together } of analysis.errorCosts.costs) expect(together.mean).toBeCloseTo(1, 12);
  for (const { similarity, diagnoses, numLabelled, precision } of analysis.keypoints) {
    expect(similarity).toBe(1);
    expect(diagnoses).toEqual({ good: numLabelled, jitter: 0, inversion: 0, swap: 0, miss: 0 });
    expect(precision.mean).toBeCloseTo(1, 12);
  }
  for (const { numPersons, precision } of [
    ...analysis.bySize,
    ...analysis.byVisibleKeypoints,
    ...analysis.byOverlap,
  ]) {
    if (numPersons > 0) expect(precision.mean).toBeCloseTo(1, 12);
    else expect(precision.mean).toBe(-1);
  }
  expect(analysis.falsePositives.map(({ count }) => count)).toEqual([0, 0, 0]);
});

test("uncorrected, the analysis has the evaluator's AP at every threshold, and so have its curves", () => {
  const { evaluation, analysis } = analyse(perturbedResults(TRUTH, TYPICAL_FAULTS));
  const { uncorrected } = analysis.errorCosts;
  expect(uncorrected.mean).toBeCloseTo(evaluation.stats[0] as number, 12);
  expect(uncorrected.byThreshold[0]).toBeCloseTo(evaluation.stats[1] as number, 12);
  expect(uncorrected.byThreshold[5]).toBeCloseTo(evaluation.stats[2] as number, 12);
  const [half, threeQuarters, mean] = analysis.curves;
  expect([mean?.ap, half?.ap, threeQuarters?.ap]).toEqual(
    evaluation.stats.slice(0, 3).map((value) => expect.closeTo(value, 12)),
  );
});

test("of one fault alone, its own correction gains most", () => {
  expect(gained(analyseFaults({ lost: 0.3 }), "miss")).toBeGreaterThan(0.2);
  expect(gained(analyseFaults({ noise: 0.6 }), "jitter")).toBeGreaterThan(0.05);
  const mirrored = analyseFaults({ mirrored: 0.5 });
  expect(gained(mirrored, "inversion")).toBeGreaterThan(0.05);
  expect(gained(mirrored, "inversion")).toBeGreaterThan(5 * gained(mirrored, "swap"));
  const missed = analyseFaults({ missedPersons: 0.3 });
  expect(missed.errorCosts.uncorrected.mean).toBeLessThan(0.8);
  expect(missed.errorCosts.costs.at(-1)?.alone.mean).toBeCloseTo(1, 12);
});

test("background costs what its scores outrank, and nothing once it is removed", () => {
  const perfect = perturbedResults(TRUTH, NO_FAULTS);
  const nowhere = perfect.map((result) => ({
    ...result,
    keypoints: Array.from(result.keypoints, (value, index) => (index % 3 === 2 ? 1 : value + 5000)),
    score: 1,
  }));
  const { analysis } = analyse([...perfect, ...nowhere], { maxDetections: [20] });
  const background = analysis.falsePositives.find(({ kind }) => kind === "background");
  expect(background?.count).toBeGreaterThan(perfect.length * 0.9);
  expect(background?.confident).toBe(background?.count);
  expect(analysis.errorCosts.uncorrected.mean).toBeLessThan(0.6);
  expect(background?.without.mean).toBeCloseTo(1, 12);
  expect(gained(analysis, "background")).toBeCloseTo(1 - analysis.errorCosts.uncorrected.mean, 12);
  // Scores that know what is worth what rank background last.
  expect(gained(analysis, "scoring")).toBeCloseTo(1 - analysis.errorCosts.uncorrected.mean, 12);
});

test("a second detection of everyone is a duplicate, not background", () => {
  const perfect = perturbedResults(TRUTH, NO_FAULTS);
  const { analysis } = analyse([
    ...perfect,
    ...perfect.map((result) => ({ ...result, score: result.score / 2 })),
  ]);
  const counts = new Map(analysis.falsePositives.map(({ kind, count }) => [kind, count]));
  // A few lie on crowds, which take any number of detections.
  expect(counts.get("duplicate")).toBeGreaterThan(0.9 * perfect.length);
  expect(counts.get("badly placed")).toBe(0);
  expect(counts.get("background")).toBe(0);
});

test("corrections pile up: AP never falls from one to the next, and finer still is all that is left", () => {
  const analysis = analyseFaults({ ...TYPICAL_FAULTS });
  const steps = [
    analysis.errorCosts.uncorrected,
    ...analysis.errorCosts.costs.map(({ together }) => together),
  ];
  for (const [index, step] of steps.slice(1).entries()) {
    expect(step.mean).toBeGreaterThanOrEqual((steps[index]?.mean ?? 0) - 1e-3);
  }
  // All keypoints reach similarity 0.85, so every person is found at OKS 0.85.
  expect(steps.at(-1)?.byThreshold[6]).toBeCloseTo(1, 12);
});

test("groups of a kind hold every person once, and their false positives are their own", () => {
  const analysis = analyseFaults({ ...TYPICAL_FAULTS });
  for (const groups of [analysis.bySize, analysis.byVisibleKeypoints, analysis.byOverlap]) {
    expect(groups.reduce((sum, { numPersons }) => sum + numPersons, 0)).toBe(analysis.counts.persons);
  }
  // Only persons of 1 to 5 keypoints are misplaced: no other group suffers.
  const results = perturbedResults(TRUTH, NO_FAULTS).map((result) => {
    const person = TRUTH.annotations.find(
      ({ box, imageId }) => imageId === result.imageId && box === result.box,
    );
    if ((person?.numKeypoints ?? 0) > 5) return result;
    return {
      ...result,
      keypoints: Array.from(result.keypoints, (value, index) => value + (index % 3 === 0 ? 25 : 0)),
    };
  });
  const groups = analyse(results).analysis.byVisibleKeypoints;
  expect(groups[0]?.precision.mean).toBeLessThan(0.7);
  for (const { precision } of groups.slice(1)) expect(precision.mean).toBeGreaterThan(0.97);
});

test("a keypoint that is always astray is the only one that suffers", () => {
  const LEFT_KNEE = 13;
  const results = perturbedResults(TRUTH, NO_FAULTS).map((result) => ({
    ...result,
    keypoints: Array.from(result.keypoints, (value, index) =>
      index === 3 * LEFT_KNEE ? value + 4000 : value,
    ),
  }));
  const { keypoints } = analyse(results).analysis;
  keypoints.forEach(({ similarity, pck, precision, diagnoses, numLabelled }, keypoint) => {
    const astray = keypoint === LEFT_KNEE;
    expect(similarity).toBeCloseTo(astray ? 0 : 1, 6);
    expect(pck).toEqual(astray ? [0, 0] : [1, 1]);
    expect(precision.mean).toBeCloseTo(astray ? 0 : 1, 6);
    expect(diagnoses[astray ? "miss" : "good"]).toBe(numLabelled);
  });
});

test("the costliest image is the one where everything is wrong", () => {
  const results = perturbedResults(TRUTH, NO_FAULTS);
  const numOn = (imageId: number): number => results.filter((result) => result.imageId === imageId).length;
  const [spoilt] = TRUTH.imageIds.toSorted((a, b) => numOn(b) - numOn(a));
  const { analysis } = analyse(
    results.map((result) =>
      result.imageId === spoilt
        ? { ...result, keypoints: Array.from(result.keypoints, (value) => value + 3000), score: 1 }
        : result,
    ),
  );
  expect(analysis.images[0]?.imageId).toBe(spoilt);
  expect(analysis.images[0]?.cost).toBeCloseTo(1 - analysis.errorCosts.uncorrected.mean, 12);
  expect(analysis.images[0]?.missed.length).toBeGreaterThan(2);
});

test("scores equal to OKS are calibrated and order every pair; random ones order half", () => {
  const results = perturbedResults(TRUTH, { ...NO_FAULTS, noise: 0.6 });
  const { analysis } = analyse(results);
  const oksOf = new Map(
    analysis.images.flatMap(({ pairs }) => pairs.map(({ detection, oks }) => [detection.keypoints, oks])),
  );
  const told = analyse(
    results.map((result) => ({ ...result, score: oksOf.get(result.keypoints) ?? 0 })),
  ).analysis;
  expect(told.calibration.error).toBeLessThan(0.01);
  expect(told.calibration.concordance).toBeGreaterThan(0.99);
  expect(gained(told, "scoring")).toBeCloseTo(0, 2);
  const shuffled = analyse(
    results.map((result, index) => ({ ...result, score: ((index * 7919) % 1000) / 1000 })),
  );
  expect(shuffled.analysis.calibration.concordance).toBeGreaterThan(0.4);
  expect(shuffled.analysis.calibration.concordance).toBeLessThan(0.6);
});

test("without results or without persons there is an analysis, of nothing", () => {
  const none = analyse([]).analysis;
  expect(none.errorCosts.uncorrected.mean).toBe(0);
  expect(none.counts.missedPersons).toBe(none.counts.persons);
  const empty = { ...TRUTH, annotations: [] };
  const results = perturbedResults(TRUTH, NO_FAULTS);
  const nobody = analyseKeypoints(empty, results, evaluateKeypoints(empty, results));
  expect(nobody.errorCosts.uncorrected.mean).toBe(-1);
  expect(nobody.counts).toMatchObject({ persons: 0, missedPersons: 0 });
});
