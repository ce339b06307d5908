import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  correctKeypoints,
  diagnoseKeypoints,
  distanceOfSimilarity,
  GOOD_SIMILARITY,
  KEYPOINT_ERRORS,
  keypointSimilarity,
} from "../../../eval/analysis/keypoint-errors.ts";
import type { KeypointResult, TruthAnnotation } from "../../../eval/keypoint-data.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";

const LEFT_WRIST = 9;
const RIGHT_WRIST = 10;
const AREA = 10_000;

/** Keypoints in a row, 40 pixels apart: far enough that none is near another one. */
function person(y: number, id = 1): TruthAnnotation {
  const keypoints = COCO_SKELETON.keypoints.flatMap((_, index) => [40 * index, y, 2]);
  return {
    id,
    imageId: 1,
    categoryId: 1,
    keypoints,
    numKeypoints: 17,
    box: [0, y, 640, 1],
    area: AREA,
    isCrowd: false,
  };
}

function moved(truth: TruthAnnotation, keypoint: number, x: number, y: number): KeypointResult {
  const keypoints = Array.from(truth.keypoints);
  keypoints[3 * keypoint] = x;
  keypoints[3 * keypoint + 1] = y;
  return { imageId: 1, categoryId: 1, keypoints, score: 1 };
}

function diagnosis(result: KeypointResult, keypoint: number, others = [person(300, 2)]): string | undefined {
  return diagnoseKeypoints(person(0), result, others, COCO_SKELETON)[keypoint]?.diagnosis;
}

test("a keypoint on its label is good, one at similarity 0.84 jitters, one at 0.49 is missed", () => {
  const sigma = COCO_SKELETON.sigmas[LEFT_WRIST] ?? 0;
  const at = (similarity: number) =>
    moved(person(0), LEFT_WRIST, 40 * LEFT_WRIST, -distanceOfSimilarity(similarity, sigma, AREA));
  expect(diagnosis(at(1), LEFT_WRIST)).toBe("good");
  expect(diagnosis(at(0.86), LEFT_WRIST)).toBe("good");
  expect(diagnosis(at(0.84), LEFT_WRIST)).toBe("jitter");
  expect(diagnosis(at(0.51), LEFT_WRIST)).toBe("jitter");
  expect(diagnosis(at(0.49), LEFT_WRIST)).toBe("miss");
});

test("a left wrist on the right wrist is inverted, on another person's wrists swapped, on a hip missed", () => {
  expect(diagnosis(moved(person(0), LEFT_WRIST, 40 * RIGHT_WRIST, 0), LEFT_WRIST)).toBe("inversion");
  expect(diagnosis(moved(person(0), LEFT_WRIST, 40 * LEFT_WRIST, 300), LEFT_WRIST)).toBe("swap");
  expect(diagnosis(moved(person(0), LEFT_WRIST, 40 * RIGHT_WRIST, 300), LEFT_WRIST)).toBe("swap");
  expect(diagnosis(moved(person(0), LEFT_WRIST, 40 * 12, 0), LEFT_WRIST)).toBe("miss");
});

test("without the other person's label a swap is a miss, and unlabelled keypoints are not diagnosed", () => {
  expect(diagnosis(moved(person(0), LEFT_WRIST, 40 * LEFT_WRIST, 300), LEFT_WRIST, [])).toBe("miss");
  const hidden = Array.from(person(0).keypoints).map((value, index) =>
    index === 3 * LEFT_WRIST + 2 ? 0 : value,
  );
  const truth = { ...person(0), keypoints: hidden };
  expect(
    diagnoseKeypoints(truth, moved(truth, LEFT_WRIST, 0, 0), [], COCO_SKELETON)[LEFT_WRIST]?.diagnosis,
  ).toBe("unlabelled");
});

test("mending every error leaves no keypoint worse, and only the named errors move", () => {
  const coordinate = fc.integer({ min: -50, max: 700 });
  const anyResult = fc.array(fc.tuple(coordinate, coordinate), { minLength: 17, maxLength: 17 }).map(
    (points): KeypointResult => ({
      ...moved(person(0), 0, 0, 0),
      keypoints: points.flatMap(([x, y]) => [x, y, 1]),
    }),
  );
  fc.assert(
    fc.property(anyResult, fc.subarray([...KEYPOINT_ERRORS]), (result, named) => {
      const truth = person(0);
      const diagnosed = diagnoseKeypoints(truth, result, [person(30, 2)], COCO_SKELETON);
      const corrected = correctKeypoints(truth, result, diagnosed, new Set(named), COCO_SKELETON.sigmas);
      diagnosed.forEach(({ diagnosis, similarity, nearest }, keypoint) => {
        const [x = 0, y = 0] = corrected.slice(3 * keypoint, 3 * keypoint + 2);
        if (!named.some((error) => error === diagnosis)) {
          expect([x, y]).toEqual([result.keypoints[3 * keypoint], result.keypoints[3 * keypoint + 1]]);
          return;
        }
        const sigma = COCO_SKELETON.sigmas[keypoint] ?? 0;
        const after = keypointSimilarity((x - 40 * keypoint) ** 2 + y ** 2, sigma, AREA);
        expect(after).toBeCloseTo(Math.max(GOOD_SIMILARITY, nearest), 9);
        expect(after).toBeGreaterThanOrEqual(similarity);
      });
    }),
  );
});

interface LabelledCase {
  truth: { keypoints: number[]; area: number };
  others: { keypoints: number[]; area: number }[];
  keypoints: number[];
  labels: string[];
}

test("diagnoses are those of the published rule, on forty invented detections", () => {
  const file = new URL("../../fixtures/keypoint-errors/labels.json", import.meta.url);
  const cases: LabelledCase[] = JSON.parse(readFileSync(file, "utf8"));
  expect(cases).toHaveLength(40);
  for (const { truth, others, keypoints, labels } of cases) {
    const diagnosed = diagnoseKeypoints(
      { ...person(0), ...truth },
      { imageId: 1, categoryId: 1, keypoints, score: 1 },
      others.map((other, index) => ({ ...person(0, index + 2), ...other })),
      COCO_SKELETON,
    );
    expect(diagnosed.map((keypoint) => keypoint.diagnosis)).toEqual(labels);
  }
});
