import type { OutcomeStore } from "./outcome-store.ts";
import { FALSE_POSITIVE, TRUE_POSITIVE } from "./outcome-store.ts";

/** Detections of one category, best first over all images. */
export interface RankedDetections {
  /** Positions in the store. */
  readonly positions: Uint32Array;
  readonly scores: Float64Array;
}

/** The correct detections (hits) at one threshold, best first: all that precision and recall depend on. */
export interface HitCurve {
  /** [H] False positives that outrank each hit. */
  readonly missesBefore: Uint32Array;
  /** [H] */
  readonly scores: Float64Array;
}

/**
 * Walks down the ranking, once for all area ranges and thresholds.
 *
 * @param maxHits [A, T] How many hits there can be: the persons that count.
 * @returns [A, T] curves.
 */
export function traceHits(store: OutcomeStore, ranked: RankedDetections, maxHits: Uint32Array): HitCurve[] {
  const { outcomes, outcomesEach } = store;
  const starts = startsOf(maxHits);
  const ends = starts.slice();
  const misses = new Uint32Array(outcomesEach);
  const missesBefore = new Uint32Array(starts[outcomesEach] as number);
  const scores = new Float64Array(missesBefore.length);
  for (let i = 0; i < ranked.positions.length; i += 1) {
    const first = (ranked.positions[i] as number) * outcomesEach;
    for (let curve = 0; curve < outcomesEach; curve += 1) {
      const outcome = outcomes[first + curve];
      if (outcome === FALSE_POSITIVE) (misses[curve] as number) += 1;
      if (outcome !== TRUE_POSITIVE) continue;
      const hit = ends[curve] as number;
      missesBefore[hit] = misses[curve] as number;
      scores[hit] = ranked.scores[i] as number;
      ends[curve] = hit + 1;
    }
  }
  return Array.from(maxHits, (_, curve) => ({
    missesBefore: missesBefore.subarray(starts[curve], ends[curve]),
    scores: scores.subarray(starts[curve], ends[curve]),
  }));
}

/** Where lists of these lengths start when they follow one another, and where the last one ends. */
function startsOf(lengths: Uint32Array): Uint32Array {
  const starts = new Uint32Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) starts[i + 1] = (starts[i] as number) + length;
  return starts;
}

/**
 * The highest precision from each hit on, that is at its recall or any higher one. Only hits matter: precision falls
 * with every detection that is none.
 */
export function precisionEnvelope({ missesBefore }: HitCurve): Float64Array {
  const envelope = new Float64Array(missesBefore.length);
  let highest = 0;
  for (let i = envelope.length - 1; i >= 0; i -= 1) {
    const precision = (i + 1) / ((missesBefore[i] as number) + (i + 1) + Number.EPSILON);
    if (precision > highest) highest = precision;
    envelope[i] = highest;
  }
  return envelope;
}

/** Index of the first hit whose recall, (index + 1) / numPersons, reaches the threshold; `numHits` if none does. */
export function firstHitAtRecall(threshold: number, numHits: number, numPersons: number): number {
  let low = 0;
  let high = numHits;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((middle + 1) / numPersons < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}
