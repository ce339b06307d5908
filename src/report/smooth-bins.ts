import type { Bin } from "./thin-series.ts";

/** Bins that a smoothed curve's window takes in on each side: 4% of a long run in all. */
export function smoothReach(bins: number): number {
  return Math.round(bins / 50);
}

/**
 * Smooths a thinned series: each mean becomes that of all points in the bins within `reach` before and behind it, so
 * that, unlike with an average of the past, the curve does not lag. At the ends the window is what there is of it.
 *
 * @param reach Bins on each side, 0 or more.
 * @returns The means, one a bin.
 */
export function smoothBins(bins: readonly Bin[], reach: number): number[] {
  return bins.map((_, index) => {
    const window = bins.slice(Math.max(0, index - reach), index + reach + 1);
    const count = window.reduce((sum, bin) => sum + bin.count, 0);
    return window.reduce((sum, bin) => sum + bin.mean * (bin.count / count), 0);
  });
}
