import fc from "fast-check";
import type { RankedOutcomes } from "../../../eval/analysis/outcomes.ts";
import { TRUE_POSITIVE } from "../../../eval/match.ts";

/** RankedOutcomes of up to forty detections at three thresholds, and a weight of each image. */
export const anyOutcomes = fc
  .record({ numImages: fc.integer({ min: 1, max: 6 }), numDetections: fc.integer({ min: 0, max: 40 }) })
  .chain(({ numImages, numDetections }) => {
    const perDetection = (max: number) =>
      fc.array(fc.integer({ min: 0, max }), { minLength: numDetections, maxLength: numDetections });
    const perImage = (max: number) =>
      fc.array(fc.integer({ min: 0, max }), { minLength: numImages, maxLength: numImages });
    return fc.record({
      images: perDetection(numImages - 1),
      outcomes: fc.array(perDetection(2), { minLength: 3, maxLength: 3 }),
      spare: perImage(3),
      weights: perImage(3),
    });
  })
  .map(({ images, outcomes, spare, weights }) => {
    // No image has fewer persons than true positives.
    const persons = spare.map((count, image) => {
      const found = outcomes.map(
        (atThreshold) =>
          atThreshold.filter((f, rank) => f === TRUE_POSITIVE && images[rank] === image).length,
      );
      return count + Math.max(...found);
    });
    const ranked: RankedOutcomes = {
      images: Int32Array.from(images),
      outcomes: outcomes.map((atThreshold) => Uint8Array.from(atThreshold)),
      persons: Int32Array.from(persons),
    };
    return { ranked, weights };
  });
