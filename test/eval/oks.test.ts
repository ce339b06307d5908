import fc from "fast-check";
import { expect, test } from "vitest";
import type { TruthAnnotation } from "../../eval/keypoint-data.ts";
import { objectKeypointSimilarity, oksMatrix, oksVariances, pairwiseSum } from "../../eval/oks.ts";
import { COCO_SIGMAS } from "../../eval/skeletons/coco.ts";
import { randomCase } from "./random-case.ts";

const VARIANCES = oksVariances(COCO_SIGMAS);

/** The formula as written, joint by joint. */
function plainOks(truth: TruthAnnotation, keypoints: ArrayLike<number>, sigmas: readonly number[]): number {
  const isLabelled = sigmas.map((_, k) => (truth.keypoints[3 * k + 2] as number) > 0);
  const [left, top, width, height] = truth.box;
  const terms = sigmas.flatMap((sigma, k) => {
    const [x, y] = [keypoints[3 * k] as number, keypoints[3 * k + 1] as number];
    let [dx, dy] = [x - (truth.keypoints[3 * k] as number), y - (truth.keypoints[3 * k + 1] as number)];
    if (!isLabelled.includes(true)) {
      dx = Math.max(0, left - width - x) + Math.max(0, x - left - 2 * width);
      dy = Math.max(0, top - height - y) + Math.max(0, y - top - 2 * height);
    } else if (!isLabelled[k]) return [];
    return [Math.exp(-(dx ** 2 + dy ** 2) / (2 * truth.area * (2 * sigma) ** 2))];
  });
  return terms.reduce((sum, term) => sum + term, 0) / terms.length;
}

test("one labelled keypoint, a known distance away", () => {
  // sigma .5: (2 sigma)² = 1; area 200, distance 20: exp(-400 / 200 / 2) = exp(-1)
  const truth = { keypoints: [100, 100, 1], box: [0, 0, 10, 20] as const };
  const oks = objectKeypointSimilarity(truth, [112, 116, 0], oksVariances([0.5]), 200);
  expect(oks).toBeCloseTo(Math.exp(-1), 14);
});

test("without a labelled keypoint, the box grown by its size on each side is as good as a match", () => {
  const truth = { keypoints: [0, 0, 0], box: [100, 100, 10, 20] as const };
  const at = (x: number, y: number): number =>
    objectKeypointSimilarity(truth, [x, y, 1], oksVariances([0.5]), 200);
  expect(at(90, 80)).toBe(1); // 100 - 10, 100 - 20
  expect(at(120, 140)).toBe(1); // 100 + 2 · 10, 100 + 2 · 20
  expect(at(140, 140)).toBeCloseTo(Math.exp(-1), 14); // 20 to the right of it: exp(-400 / 200 / 2)
});

test("a person found exactly has an OKS of one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 34, maxLength: 34 }),
      (points) => {
        const keypoints = COCO_SIGMAS.flatMap((_, k) => [
          points[2 * k] as number,
          points[2 * k + 1] as number,
          2,
        ]);
        expect(objectKeypointSimilarity({ keypoints, box: [0, 0, 1, 1] }, keypoints, VARIANCES, 500)).toBe(1);
      },
    ),
  );
});

test("the matrix is the formula, and below its floor nothing is missed", () => {
  for (let seed = 0; seed < 60; seed += 1) {
    const { truth, results, params } = randomCase(seed);
    const sigmas = params.sigmas ?? COCO_SIGMAS;
    const detections = results.slice(0, 40).map(({ keypoints }) => keypoints);
    const oks = oksMatrix(truth.annotations, detections, oksVariances(sigmas));
    const skipping = oksMatrix(truth.annotations, detections, oksVariances(sigmas), true, 0.5);
    oks.forEach((value, i) => {
      const [d, g] = [Math.floor(i / truth.annotations.length), i % truth.annotations.length];
      const plain = plainOks(
        truth.annotations[g] as TruthAnnotation,
        detections[d] as ArrayLike<number>,
        sigmas,
      );
      expect(Math.abs(value - plain)).toBeLessThan(1e-12);
      if (value >= 0.5) expect(skipping[i]).toBe(value);
      else expect([0, value]).toContain(skipping[i]);
    });
  }
});

test("without labelled areas, a person's area is 0.53 of the box", () => {
  const [truth] = randomCase(1).truth.annotations.map((person) => ({
    ...person,
    box: [0, 0, 20, 10] as const,
  }));
  if (!truth) throw new Error("seed 1 has no person");
  const sigmas = Array.from({ length: truth.keypoints.length / 3 }, () => 0.1);
  const moved = Array.from(truth.keypoints, (value) => value + 1);
  const [fromBox] = oksMatrix([truth], [moved], oksVariances(sigmas), false);
  expect(fromBox).toBe(objectKeypointSimilarity(truth, moved, oksVariances(sigmas), 10 * 20 * 0.53));
});

test("seventeen numbers are added in eight lanes, the lanes in pairs, the rest one by one", () => {
  const v = Array.from({ length: 17 }, (_, i) => 1 / (i + 3));
  const at = (i: number): number => v[i] as number;
  const lane = (i: number): number => at(i) + at(i + 8);
  const lanes = lane(0) + lane(1) + (lane(2) + lane(3)) + (lane(4) + lane(5) + (lane(6) + lane(7)));
  expect(pairwiseSum(v)).toBe(lanes + at(16));
});

test("300 numbers are halved at a multiple of eight", () => {
  const v = Array.from({ length: 300 }, (_, i) => Math.sin(i));
  // 300 / 2 = 150, down to 144; 300 - 144 = 156 is halved again at 72 (78 down to 72).
  expect(pairwiseSum(v)).toBe(pairwiseSum(v, 0, 144) + (pairwiseSum(v, 144, 72) + pairwiseSum(v, 216, 84)));
});

test("whole numbers have one sum in any order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 1000 }), (values) => {
      expect(pairwiseSum(values)).toBe(values.reduce((sum, value) => sum + value, 0));
    }),
  );
});
