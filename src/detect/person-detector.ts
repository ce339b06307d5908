import { type Box, tupleOfBox } from "../../datasets/crop/crop-geometry.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import { boxIou } from "../../eval/analysis/person-groups.ts";

/** Where a person is, in picture pixels. */
export interface PersonBox extends Box {
  /** How sure the detector is, 0 to 1. */
  readonly score: number;
}

export interface DetectPersonsOptions {
  /** Boxes that score less are left out. @default 0.35 */
  readonly minScore?: number | undefined;
  /** Boxes of one picture, best first. @default 100 */
  readonly maxPersons?: number | undefined;
}

/**
 * Finds the people in a picture. The one shipped is `loadNanodet`'s; whatever has these members takes its place.
 *
 * ```ts
 * const whole: PersonDetector = {
 *   name: "whole picture",
 *   detect: async ({ width, height }) => [{ x: 0, y: 0, width, height, score: 1 }],
 *   dispose() {},
 * };
 * ```
 */
export interface PersonDetector {
  /** Named in protocols and reports. */
  readonly name: string;
  /**
   * @returns Boxes within the picture, in its pixels, best score first; none if nobody is there. Two of one person are
   * already one.
   */
  detect(image: RgbImage, options?: DetectPersonsOptions): Promise<PersonBox[]>;
  /** Frees what it holds. */
  dispose(): void;
}

/** The options with defaults filled in. @throws {RangeError} If one is out of its range. */
export function completeOptions({
  minScore = DEFAULT_MIN_PERSON_SCORE,
  maxPersons = DEFAULT_MAX_PERSONS,
}: DetectPersonsOptions): { minScore: number; maxPersons: number } {
  if (!(minScore >= 0 && minScore <= 1)) {
    throw new RangeError(`minScore: expected a score from 0 to 1, got ${minScore}`);
  }
  if (!(maxPersons >= 1)) throw new RangeError(`maxPersons: expected 1 or more, got ${maxPersons}`);
  return { minScore, maxPersons };
}

/** Where as many boxes are right as persons are found (bench/detect.md); for scoring a data set it is too high. */
export const DEFAULT_MIN_PERSON_SCORE = 0.35;
/** As many boxes as COCO's evaluation reads. */
export const DEFAULT_MAX_PERSONS = 100;

/**
 * Of boxes that overlap too much, keeps the best one ("non-maximum suppression").
 *
 * @param maxIou Intersection over union above which two boxes are of one person.
 * @returns At most `maxPersons` boxes, best score first; of equal scores the earlier one.
 */
export function suppressOverlaps(
  boxes: readonly PersonBox[],
  maxIou: number,
  maxPersons = Number.POSITIVE_INFINITY,
): PersonBox[] {
  const kept: PersonBox[] = [];
  for (const box of boxes.toSorted((a, b) => b.score - a.score)) {
    if (kept.length >= maxPersons) break;
    if (kept.every((better) => boxIou(tupleOfBox(better), tupleOfBox(box)) <= maxIou)) kept.push(box);
  }
  return kept;
}
