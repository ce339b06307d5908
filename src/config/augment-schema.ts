import { z } from "zod";
import { DEFAULT_AUGMENTATION } from "../../datasets/augment/augmentation.ts";
import { DEFAULT_CLASS_AUGMENTATION } from "../../datasets/classes/random-view.ts";
import { countOrNone, fraction, positive } from "./fields.ts";

/** How training crops vary: the fields of the loader's `Augmentation`. All 0 is none. */
export const cropAugment = z.strictObject({
  flipProbability: fraction
    .default(DEFAULT_AUGMENTATION.flipProbability)
    .describe("Chance of mirroring left to right."),
  scaleSpread: z
    .number()
    .min(0)
    .lt(1)
    .default(DEFAULT_AUGMENTATION.scaleSpread)
    .describe("Spread of the scale factor: normal around 1, clipped at one spread on each side."),
  rotationDegrees: z
    .number()
    .min(0)
    .max(90)
    .default(DEFAULT_AUGMENTATION.rotationDegrees)
    .describe("Spread of the rotation, degrees: normal around 0, clipped at two spreads."),
  rotationProbability: fraction
    .default(DEFAULT_AUGMENTATION.rotationProbability)
    .describe("Chance of rotating."),
  halfBodyProbability: fraction
    .default(DEFAULT_AUGMENTATION.halfBodyProbability)
    .describe("Chance of showing the upper or the lower half of the body only."),
  halfBodyOver: countOrNone
    .default(DEFAULT_AUGMENTATION.halfBodyOver)
    .describe("Only of persons with more labelled keypoints than this."),
  shiftSpread: fraction
    .default(DEFAULT_AUGMENTATION.shiftSpread)
    .describe("Spread of the shift, in crop widths and heights: normal, cut off at one spread."),
  shiftProbability: fraction.default(DEFAULT_AUGMENTATION.shiftProbability).describe("Chance of shifting."),
  colourProbability: fraction
    .default(DEFAULT_AUGMENTATION.colourProbability)
    .describe("Chance of changing brightness, contrast and saturation."),
  colourSpread: z
    .number()
    .min(0)
    .lt(1)
    .default(DEFAULT_AUGMENTATION.colourSpread)
    .describe("Each by a factor within 1 ± this."),
});

/** How views of training images vary: the fields of `ClassAugmentation`. */
export const viewAugment = z.strictObject({
  area: z
    .tuple([fraction, fraction])
    .default(DEFAULT_CLASS_AUGMENTATION.area)
    .describe("Least and most share of the image's area that a view shows."),
  aspect: z
    .tuple([positive, positive])
    .default(DEFAULT_CLASS_AUGMENTATION.aspect)
    .describe("Least and most width over height of what it shows."),
  flipProbability: fraction
    .default(DEFAULT_CLASS_AUGMENTATION.flipProbability)
    .describe("Chance of mirroring left to right."),
  colourProbability: fraction
    .default(DEFAULT_CLASS_AUGMENTATION.colourProbability)
    .describe("Chance of changing brightness, contrast and saturation."),
  colourSpread: z
    .number()
    .min(0)
    .lt(1)
    .default(DEFAULT_CLASS_AUGMENTATION.colourSpread)
    .describe("Each by a factor within 1 ± this."),
});
