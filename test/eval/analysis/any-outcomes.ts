import fc from "fast-check";
import type { Outcomes } from "../../../eval/analysis/outcomes.ts";
import { TRUE_POSITIVE } from "../../../eval/match.ts";

/** Outcomes of up to forty detections at three thresholds, and a weight of each image. */
export const anyOutcomes = fc
  .record({ numImages: fc.integer({ min: 1, max: 6 }), numDetections: fc.integer({ min: 0, max: 40 }) })
  .chain(({ numImages, numDetections }) => {
    const perDetection = (max: number) =>
      fc.array(fc.integer({ min: 0, max }), { minLength: numDetections, maxLength: numDetections });
    const perImage = (max: number) =>
      fc.array(fc.integer({ min: 0, max }), { minLength: numImages, maxLength: numImages });
    return fc.record({
      images: perDetection(numImages - 1),
      fates: fc.array(perDetection(2), { minLength: 3, maxLength: 3 }),
      spare: perImage(3),
      weights: perImage(3),
    });
  })
  .map(({ images, fates, spare, weights }) => {
    // No image has fewer persons than true positives.
    const persons = spare.map((count, image) => {
      const found = fates.map(
        (fate) => fate.filter((f, rank) => f === TRUE_POSITIVE && images[rank] === image).length,
      );
      return count + Math.max(...found);
    });
    const outcomes: Outcomes = {
      images: Int32Array.from(images),
      fates: fates.map((fate) => Uint8Array.from(fate)),
      persons: Int32Array.from(persons),
    };
    return { outcomes, weights };
  });
