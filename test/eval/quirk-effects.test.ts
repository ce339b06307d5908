import { expect, test } from "vitest";
import { quirkEffects, quirkLines } from "../../eval/explain.ts";
import type { KeypointResult, KeypointTruth, TruthAnnotation } from "../../eval/keypoint-data.ts";

const KEYPOINTS = Array.from({ length: 17 }, (_, k) => [100 + 3 * k, 50 + 5 * k, 2]).flat();
const person = (changes: Partial<TruthAnnotation>): TruthAnnotation => ({
  id: 1,
  imageId: 7,
  categoryId: 1,
  keypoints: KEYPOINTS,
  numKeypoints: 17,
  box: [90, 40, 80, 120],
  area: 5000,
  isCrowd: false,
  ...changes,
});
const truthOf = (...annotations: TruthAnnotation[]): KeypointTruth => ({
  imageIds: [7, 8],
  categoryIds: [1],
  annotations,
});
const found = (changes: Partial<KeypointResult>): KeypointResult => ({
  imageId: 7,
  categoryId: 1,
  keypoints: KEYPOINTS,
  score: 0.9,
  ...changes,
});
/** Precision of a single hit: the denominator is kept from being zero by one unit in the last place. */
const ONE = 1 / (1 + Number.EPSILON);

test("data without a quirk has no effects", () => {
  expect(quirkEffects(truthOf(person({})), [found({})])).toEqual([]);
});

test("id 0 moves the lines of its area, by all there is", () => {
  const [effect, ...others] = quirkEffects(truthOf(person({ id: 0 })), [found({})]);
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
  const [effect] = quirkEffects(truthOf(person({})), results);
  expect(effect?.quirk).toBe("first-box");
  expect(effect?.lines).toEqual([{ name: "AP(M)", strict: 0.5, corrected: ONE }]);
  expect(quirkLines(effect ? [effect] : [])).toEqual([
    "first-box: the first result decides for all whether areas come from boxes or from the extent of the keypoints: " +
      "AP(M) 0.500 strict, 1.000 corrected (+0.500)",
  ]);
});

test("where pycocotools refuses results, that is the effect", () => {
  const results = [found({ box: [0, 0, 100, 100] }), found({ imageId: 8 })];
  expect(quirkLines(quirkEffects(truthOf(person({})), results))).toEqual([
    expect.stringContaining("strict gives no number: the first result has a box and others have none"),
  ]);
});

test("an id used twice makes one person of two", () => {
  const [effect] = quirkEffects(truthOf(person({}), person({ imageId: 8 })), [
    found({}),
    found({ imageId: 8 }),
  ]);
  // The last one, in image 8, is seen twice: one of the two is never found, and the other detection is false.
  expect(effect?.quirk).toBe("repeated-id");
  expect(effect?.lines.find(({ name }) => name === "AR")).toEqual({ name: "AR", strict: 0.5, corrected: 1 });
});

test("a quirk that is met and moves nothing says so", () => {
  const truth = truthOf(person({ id: 0, isCrowd: true }));
  expect(quirkLines(quirkEffects(truth, [found({})]))).toEqual([expect.stringContaining("no line moves")]);
});
