import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluateKeypoints, KeypointEvaluator } from "../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth, TruthAnnotation } from "../../eval/keypoint-data.ts";
import { QUIRKS } from "../../eval/params.ts";
import { type EvaluationDigest, ORACLE_PYTHON, ourDigest, pycocotoolsDigests } from "./pycocotools.ts";
import { randomCase } from "./random-case.ts";

const stored: { reference: object; cases: (EvaluationDigest & { seed: number })[] } = JSON.parse(
  readFileSync(new URL("../fixtures/eval/random-cases.json", import.meta.url), "utf8"),
);

test(`${stored.cases.length} random mixes give the stored numbers of pycocotools, arrays to the last bit`, () => {
  expect(stored.cases.length).toBeGreaterThan(299);
  for (const { seed, ...expected } of stored.cases) {
    expect({ seed, ...ourDigest(randomCase(seed)) }).toEqual({ seed, ...expected });
  }
});

test.skipIf(!ORACLE_PYTHON)(
  "fresh random mixes give pycocotools' numbers (needs DYPOSE_ORACLE_PYTHON)",
  () => {
    const first = Math.floor(Date.now() / 1000); // other seeds on every run; a failure names its own
    const seeds = Array.from({ length: 60 }, (_, i) => first + i).filter(
      (seed) => randomCase(seed).results.length > 0,
    );
    const { digests } = pycocotoolsDigests(seeds);
    seeds.forEach((seed, i) => {
      expect({ seed, ...ourDigest(randomCase(seed)) }).toEqual({ seed, ...digests[i] });
    });
  },
);

test("each quirk changes the numbers of some random mix, so each is really there", () => {
  for (const quirk of QUIRKS) {
    const quirks = QUIRKS.filter((other) => other !== quirk);
    const moved = stored.cases.filter(({ seed, stats }) => {
      const { truth, results, params } = randomCase(seed);
      return evaluateKeypoints(truth, results, { ...params, quirks }).stats.some(
        (value, i) => value !== stats[i],
      );
    });
    expect.soft(moved.length, quirk).toBeGreaterThan(0);
  }
});

const KEYPOINTS = Array.from({ length: 17 }, (_, k) => [100 + 3 * k, 50 + 5 * k, 2]).flat();
const PERSON: TruthAnnotation = {
  id: 1,
  imageId: 7,
  categoryId: 1,
  keypoints: KEYPOINTS,
  numKeypoints: 17,
  box: [90, 40, 80, 120],
  area: 5000,
  isCrowd: false,
};
const TRUTH: KeypointTruth = { imageIds: [7, 8], categoryIds: [1], annotations: [PERSON] };
const FOUND: KeypointResult = { imageId: 7, categoryId: 1, keypoints: KEYPOINTS, score: 0.9 };
/** Precision of a single hit: the denominator is kept from being zero by one unit in the last place. */
const ONE = 1 / (1 + Number.EPSILON);

test("the one person found exactly gives ones, and -1 where no person counts", () => {
  // 5000 square pixels are medium, so nothing is known of large persons.
  const expected = [1, 1, 1, 1, -1, 1, 1, 1, 1, -1].map((value) => expect.closeTo(value, 14));
  expect(evaluateKeypoints(TRUTH, [FOUND]).stats).toEqual(expected);
});

test("no results score zero where there are persons, -1 elsewhere", () => {
  const { stats, precision, counts } = evaluateKeypoints(TRUTH, []);
  expect(stats).toEqual([0, 0, 0, 0, -1, 0, 0, 0, 0, -1]);
  expect([counts, precision.shape]).toEqual([
    [10, 101, 1, 3, 1],
    [10, 101, 1, 3, 1],
  ]);
  expect(evaluateKeypoints({ ...TRUTH, annotations: [] }, []).stats).toEqual(Array(10).fill(-1));
});

test.each<[string, Partial<KeypointResult>]>([
  ["results[1] (image 9): expected an image of the ground truth", { imageId: 9 }],
  [
    "results[1] (image 7): expected 51 keypoint numbers (x, y, score of 17), got 50",
    { keypoints: KEYPOINTS.slice(1) },
  ],
  ["results[1] (image 7): expected a number as score, got NaN", { score: Number.NaN }],
])("%s", (message, changes) => {
  expect(() => evaluateKeypoints(TRUTH, [FOUND, { ...FOUND, ...changes }])).toThrow(new RangeError(message));
});

test("with a box in the first result, pycocotools needs one in all; corrected does not", () => {
  const results = [{ ...FOUND, box: [0, 0, 50, 50] as const }, FOUND];
  expect(() => evaluateKeypoints(TRUTH, results)).toThrow(
    "results[1] (image 7): expected a box, as the first result has one",
  );
  expect(evaluateKeypoints(TRUTH, results, { quirks: [] }).stats[0]).toBe(ONE);
});

test("a person whose keypoints do not fit the sigmas is named", () => {
  expect(() => evaluateKeypoints(TRUTH, [], { sigmas: [0.1, 0.1] })).toThrow(
    "annotation 1: expected 6 keypoint numbers (x, y, score of 2), got 51",
  );
});

test.each([
  [{ oksThresholds: [] }, "params.oksThresholds: expected at least one number, got none"],
  [{ oksThresholds: [0.5, 2] }, "params.oksThresholds: expected numbers 0 to 1, got 2"],
  [{ recallThresholds: [-0.1] }, "params.recallThresholds: expected numbers 0 to 1, got -0.1"],
  [{ maxDetections: [0] }, "params.maxDetections: expected numbers whole and at least 1, got 0"],
  [{ sigmas: [0] }, "params.sigmas: expected numbers greater than 0, got 0"],
  [{ areaRanges: [] }, "params.areaRanges: expected at least one range, got none"],
  [
    { areaRanges: [{ label: "all", min: 2, max: 1 }] },
    'params.areaRanges "all": expected min <= max, got 2 and 1',
  ],
])("%j is refused", (params, message) => {
  expect(() => evaluateKeypoints(TRUTH, [], params)).toThrow(new RangeError(message));
});

test("a person whose id is 0 counts when corrected", () => {
  const truth = { ...TRUTH, annotations: [{ ...PERSON, id: 0 }] };
  expect(evaluateKeypoints(truth, [FOUND]).stats[0]).toBe(0);
  expect(evaluateKeypoints(truth, [FOUND], { quirks: [] }).stats[0]).toBe(ONE);
});

test("results added image by image, in any order, give the numbers of all at once", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer(), (seed, shuffle) => {
      const { truth, results, params } = randomCase(seed);
      // The first result decides for all whether areas come from boxes, so boxes are left out here.
      const plain = results.map(({ box, ...result }) => result);
      const imageIds = truth.imageIds.toSorted((a, b) => ((a * shuffle) % 101) - ((b * shuffle) % 101));
      const evaluator = new KeypointEvaluator(truth, params);
      for (const id of imageIds) evaluator.add(plain.filter(({ imageId }) => imageId === id));
      const [one, all] = [evaluator.evaluation(), evaluateKeypoints(truth, plain, params)];
      expect(one.stats).toEqual(all.stats);
      for (const name of ["precision", "recall", "scores"] as const) expect(one[name]).toEqual(all[name]);
    }),
    { numRuns: 60 },
  );
});

test("an evaluation can be taken while results still come in", () => {
  const evaluator = new KeypointEvaluator(TRUTH);
  expect(evaluator.evaluation().stats[0]).toBe(0);
  evaluator.add([FOUND]);
  expect(evaluator.evaluation().stats[0]).toBe(ONE);
});

test("an image's results belong into one call, whose error names the result", () => {
  const evaluator = new KeypointEvaluator(TRUTH);
  evaluator.add([FOUND]);
  expect(() => evaluator.add([FOUND])).toThrow(
    "results[1] (image 7): expected all results of the image in one call",
  );
  expect(() => evaluator.add([{ ...FOUND, imageId: 9 }])).toThrow("results[1] (image 9)");
});
