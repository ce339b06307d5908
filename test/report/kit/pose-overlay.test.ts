import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { findImages } from "../../../eval/analysis/analyse-keypoints.ts";
import { resolveParams } from "../../../eval/params.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";
import { describeFaults } from "../../../src/report/kit/gallery.ts";
import { OVERLAY_COLORS, poseOverlay } from "../../../src/report/kit/pose-overlay.ts";
import { NO_FAULTS, perturbedResults } from "../../eval/analysis/perturbed-results.ts";
import { syntheticTruth } from "../../eval/analysis/synthetic-truth.ts";

const LEFT_WRIST = 9;
/** Its first image with three persons or more, all of them to be found. */
const TRUTH = syntheticTruth(40);
const IMAGE_ID = TRUTH.imageIds.find((id) => {
  const here = TRUTH.annotations.filter(({ imageId }) => imageId === id);
  return (
    here.length >= 3 &&
    here.every(({ isCrowd, keypoints }) => !isCrowd && (keypoints[3 * LEFT_WRIST + 2] ?? 0) > 0)
  );
}) as number;
const PERFECT = perturbedResults(TRUTH, NO_FAULTS).filter(({ imageId }) => imageId === IMAGE_ID);

function drawn(results: typeof PERFECT) {
  const [image] = findImages(TRUTH, results, resolveParams(TRUTH), COCO_SKELETON, [IMAGE_ID]);
  if (!image) throw new Error("no image");
  const { document } = parseHTML(`<html><body>${poseOverlay(image, COCO_SKELETON).markup}</body></html>`);
  const count = (selector: string): number => document.querySelectorAll(selector).length;
  return {
    labelled: count(`g[stroke="${OVERLAY_COLORS.truth}"]`),
    detected: count(`g[stroke="${OVERLAY_COLORS.predicted}"]`),
    false: count(`g[stroke="${OVERLAY_COLORS.falsePositive}"]`),
    missed: count(`rect[stroke="${OVERLAY_COLORS.missed}"]`),
    astray: count("circle"),
    said: describeFaults(image),
  };
}

test("perfect detections are drawn over their labels, and nothing is marked", () => {
  const people = PERFECT.length;
  expect(people).toBeGreaterThanOrEqual(3);
  expect(drawn(PERFECT)).toEqual({
    labelled: people,
    detected: people,
    false: 0,
    missed: 0,
    astray: 0,
    said: `all ${people} persons found`,
  });
});

test("a missed person is boxed, background drawn apart, a lost wrist ringed", () => {
  const [first, ...others] = PERFECT as [(typeof PERFECT)[number], ...typeof PERFECT];
  const nowhere = { ...first, keypoints: Array.from(first.keypoints, (value) => value + 3000) };
  expect(drawn([nowhere, ...others])).toMatchObject({ missed: 1, false: 1, detected: others.length });
  const lost = {
    ...first,
    keypoints: Array.from(first.keypoints, (value, index) =>
      index === 3 * LEFT_WRIST ? value + 3000 : value,
    ),
  };
  const { astray, said } = drawn([lost, ...others]);
  expect(astray).toBe(1);
  expect(said).toContain("1 miss");
});
