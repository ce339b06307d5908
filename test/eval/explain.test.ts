import { expect, test } from "vitest";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import { evaluatedRecords, explainLines } from "../../eval/explain.ts";
import type { KeypointResult, TruthAnnotation } from "../../eval/keypoint-data.ts";
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
