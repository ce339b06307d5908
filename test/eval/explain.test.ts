import { expect, test } from "vitest";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import { evaluatedRecords, explainLines, quirkEffects, quirkLines } from "../../eval/explain.ts";
import type { KeypointResult, KeypointTruth, TruthAnnotation } from "../../eval/keypoint-data.ts";
import type { EvalParams } from "../../eval/params.ts";
import { COCO_LINES } from "../../eval/summary.ts";

const KEYPOINTS = Array.from({ length: 51 }, (_, i) => i);
const person = (id: number, changes: Partial<TruthAnnotation> = {}): TruthAnnotation => ({
  id,
  imageId: 7,
  categoryId: 1,
  keypoints: KEYPOINTS,
  numKeypoints: 17,
  box: [0, 0, 100, 100],
  area: 5000,
  isCrowd: false,
  ...changes,
});
const TRUTH = {
  imageIds: [7, 8],
  categoryIds: [1, 2],
  annotations: [
    person(1),
    person(2, { isCrowd: true, numKeypoints: 0 }),
    person(3, { numKeypoints: 0 }),
    person(4, { imageId: 99 }),
    person(5, { categoryId: 2 }),
    person(6, { area: 500 }),
  ],
};
const RESULTS: KeypointResult[] = Array.from({ length: 24 }, (_, i) => ({
  imageId: 7,
  categoryId: i === 0 ? 2 : 1,
  keypoints: KEYPOINTS,
  score: i / 24,
}));

function explain(params: Partial<EvalParams>): string[] {
  const evaluation = evaluateKeypoints(TRUTH, RESULTS, params);
  return explainLines(evaluatedRecords(TRUTH, RESULTS, evaluation.params), evaluation, COCO_LINES);
}

test("everything that was left out is listed with its reason", () => {
  expect(explain({ categoryIds: [1] })).toEqual([
    "evaluated: 2 images, 2 persons, 24 results",
    "ignored, a detection on it counts for nothing: crowd: 1 annotation (id 2)",
    "ignored, a detection on it counts for nothing: no keypoints: 1 annotation (id 3)",
    "left out: on an image that is not listed: 1 annotation (id 4)",
    "left out: image or category not evaluated: 1 annotation (id 5)",
    "left out: image or category not evaluated: 1 result (index 0)",
    // 23 results of category 1 on image 7, scores rising: the first three are behind the best 20.
    "left out: behind the best 20 of its image: 3 results (index 1, 2, 3)",
    "ignored in medium: area outside [1024, 9216]: 1 annotation (id 6)",
    "ignored in large: area outside [9216, 10000000000]: 2 annotations (id 1, 6)",
    "-1 in AP(L), AR(L): no person counts in the area range large",
  ]);
});

test("-1 for want of a threshold, a limit or a range says which", () => {
  expect(explain({ oksThresholds: [0.6] })).toContain(
    "-1 in AP.5, AR.5: 0.5 is not among the OKS thresholds",
  );
  expect(explain({ maxDetections: [5] }).at(-1)).toContain(
    "of 20 detections an image, which is not among the limits",
  );
  const areaRanges = [{ label: "all", min: 0, max: 1e10 }];
  expect(explain({ areaRanges }).at(-1)).toBe("-1 in AP(L), AR(L): no area range is called large");
});

const STANDING = Array.from({ length: 17 }, (_, k) => [100 + 3 * k, 50 + 5 * k, 2]).flat();
const standing = (changes: Partial<TruthAnnotation>): TruthAnnotation =>
  person(1, { keypoints: STANDING, box: [90, 40, 80, 120], ...changes });
const truthOf = (...annotations: TruthAnnotation[]): KeypointTruth => ({
  imageIds: [7, 8],
  categoryIds: [1],
  annotations,
});
const found = (changes: Partial<KeypointResult>): KeypointResult => ({
  imageId: 7,
  categoryId: 1,
  keypoints: STANDING,
  score: 0.9,
  ...changes,
});
/** Precision of a single hit: the denominator is kept from being zero by one unit in the last place. */
const ONE = 1 / (1 + Number.EPSILON);

test("data without a quirk has no effects", () => {
  expect(quirkEffects(truthOf(standing({})), [found({})])).toEqual([]);
});

test("id 0 moves the lines of its area, by all there is", () => {
  const [effect, ...others] = quirkEffects(truthOf(standing({ id: 0 })), [found({})]);
  expect(others).toEqual([]);
  expect(effect?.quirk).toBe("zero-id");
  expect(effect?.lines.map(({ name }) => name)).toEqual([
    "AP",
    "AP.5",
    "AP.75",
    "AP(M)",
    "AR",
    "AR.5",
    "AR.75",
    "AR(M)",
  ]);
  expect(effect?.lines[0]).toEqual({ name: "AP", strict: 0, corrected: ONE });
});

test("a false detection's own box decides in which area range it counts", () => {
  // The first result has no box, so pycocotools takes extents. The false detection outranks the true one; its
  // extent, 48 · 80 = 3840, is medium, its box of 10,000 is not: without the quirk AP(M) is that of one true positive.
  const results = [found({ score: 0.5 }), found({ imageId: 8, score: 0.8, box: [0, 0, 100, 100] })];
  const [effect] = quirkEffects(truthOf(standing({})), results);
  expect(effect?.quirk).toBe("first-box");
  expect(effect?.lines).toEqual([{ name: "AP(M)", strict: 0.5, corrected: ONE }]);
  expect(quirkLines(effect ? [effect] : [])).toEqual([
    "first-box: the first result decides for all whether areas come from boxes or from the extent of the keypoints: " +
      "AP(M) 0.500 strict, 1.000 corrected (+0.500)",
  ]);
});

test("where pycocotools refuses results, that is the effect", () => {
  const results = [found({ box: [0, 0, 100, 100] }), found({ imageId: 8 })];
  expect(quirkLines(quirkEffects(truthOf(standing({})), results))).toEqual([
    expect.stringContaining("strict gives no number: the first result has a box and others have none"),
  ]);
});

test("an id used twice makes one person of two", () => {
  const [effect] = quirkEffects(truthOf(standing({}), standing({ imageId: 8 })), [
    found({}),
    found({ imageId: 8 }),
  ]);
  // The last one, in image 8, is seen twice: one of the two is never found, and the other detection is false.
  expect(effect?.quirk).toBe("repeated-id");
  expect(effect?.lines.find(({ name }) => name === "AR")).toEqual({ name: "AR", strict: 0.5, corrected: 1 });
});

test("a quirk that is met and moves nothing says so", () => {
  const truth = truthOf(standing({ id: 0, isCrowd: true }));
  expect(quirkLines(quirkEffects(truth, [found({})]))).toEqual([expect.stringContaining("no line moves")]);
});
