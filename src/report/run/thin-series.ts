/** A value at one point of a run. */
export interface Point {
  /** Epochs done. */
  readonly x: number;
  /** A value that is not finite, or null as JSON has it, is left out of every bin. */
  readonly y: number | null;
}

/** A run of neighbouring points of a long series, drawn as one. */
interface Bin {
  /** Mean x of its points. */
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** How many points it stands for, 1 or more. */
  readonly count: number;
}

/** More bins than a plot can show apart. */
export const MAX_BINS = 600;

/**
 * Thins a series out so that a page can hold it: runs of equally many neighbours become bins that keep their mean and
 * extremes. A series of no more than `maxBins` points stays as it is, a bin a point.
 *
 * @param points In ascending order of x.
 * @throws {RangeError} If `maxBins` is not positive.
 */
export function thinSeries(points: readonly Point[], maxBins = MAX_BINS): Bin[] {
  if (!(maxBins > 0)) throw new RangeError(`thinSeries: expected maxBins > 0, got ${maxBins}`);
  const size = Math.ceil(points.length / maxBins);
  const bins: Bin[] = [];
  for (let at = 0; at < points.length; at += size) {
    const bin = binOf(points.slice(at, at + size));
    if (bin) bins.push(bin);
  }
  return bins;
}

function binOf(points: readonly Point[]): Bin | undefined {
  let [count, x, mean] = [0, 0, 0];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const point of points) {
    const y = point.y ?? Number.NaN;
    if (!Number.isFinite(y)) continue;
    count += 1;
    x += (point.x - x) / count;
    mean += (y - mean) / count;
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  // By rounding, the mean of equal values may come out above or below them.
  return count === 0 ? undefined : { x, mean: Math.min(high, Math.max(low, mean)), low, high, count };
}

/** How many bins the smoothing window covers on each side: about 4% of the run in all. */
export function smoothReach(bins: number): number {
  return Math.round(bins / 50);
}

/**
 * Smooths a thinned series: each mean becomes that of all points in the bins within `reach` before and behind it, so
 * that, unlike with an average of the past, the curve does not lag. At both ends the window is cut off.
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
