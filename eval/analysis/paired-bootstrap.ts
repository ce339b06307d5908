import { seededRandom } from "./random.ts";
import type { ImageWeights } from "./weighted-ap.ts";

/** Measures something under image weights; what it returns belongs to the caller. */
export type ImageMeasure = (weights: ImageWeights) => number[];

/**
 * Draws as many images as there are, with replacement, again and again, and measures each draw.
 *
 * @returns One measurement a draw; the same seed gives the same ones.
 *
 * Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993.
 */
export function bootstrapImages(
  numImages: number,
  resamples: number,
  seed: number,
  measure: ImageMeasure,
): number[][] {
  const random = seededRandom(seed);
  const weights = new Int32Array(numImages);
  return Array.from({ length: resamples }, () => {
    weights.fill(0);
    for (let draw = 0; draw < numImages; draw++) (weights[Math.floor(random() * numImages)] as number) += 1;
    return measure(weights);
  });
}

/** The value below which a share of ascending values lies, linear between the two nearest; NaN of none. */
export function quantile(ascending: readonly number[], share: number): number {
  const position = share * (ascending.length - 1);
  const below = ascending[Math.floor(position)] ?? Number.NaN;
  const above = ascending[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
