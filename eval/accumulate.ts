import { FALSE_POSITIVE, TRUE_POSITIVE } from "./match.ts";
import type { EvalParams } from "./params.ts";

/** Numbers in row-major order: the last axis is the fastest. */
export interface NumberArray {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** Axes: T OKS thresholds, R recall thresholds, K categories, A area ranges, M detection limits. */
export interface AccumulatedEvaluation {
  /** [T, R, K, A, M] Precision at each recall; 0 where that recall is not reached, -1 where no person counts. */
  readonly precision: NumberArray;
  /** [T, K, A, M] The highest recall reached, or -1. */
  readonly recall: NumberArray;
  /** [T, R, K, A, M] The score of the detection that reaches each recall, 0, or -1. */
  readonly scores: NumberArray;
}

/**
 * Precision and recall over all images.
 *
 * @param stores [K] The detections of each category.
 * @param personCounts [K, A] How many persons count.
 *
 * Source: pycocotools 2.0.11, `COCOeval.accumulate`.
 */
export function accumulate(
  stores: readonly OutcomeStore[],
  personCounts: Uint32Array,
  params: EvalParams,
): AccumulatedEvaluation {
  const T = params.oksThresholds.length;
  const R = params.recallThresholds.length;
  const K = stores.length;
  const A = params.areaRanges.length;
  const M = params.maxDetections.length;
  const precision = unknown([T, R, K, A, M]);
  const recall = unknown([T, K, A, M]);
  const scores = unknown([T, R, K, A, M]);

  for (const [k, store] of stores.entries()) {
    for (const [m, limit] of params.maxDetections.entries()) {
      const ranked = rankDetections(store, limit);
      const countsOfCurves = Uint32Array.from(
        { length: A * T },
        (_, i) => personCounts[k * A + Math.floor(i / T)] as number,
      );
      for (const [i, truePositives] of traceTruePositives(store, ranked, countsOfCurves).entries()) {
        const [a, t] = [Math.floor(i / T), i % T];
        const numPersons = countsOfCurves[i] as number;
        if (numPersons === 0) continue;
        const numTruePositives = truePositives.scores.length;
        recall.data[((t * K + k) * A + a) * M + m] = numTruePositives / numPersons;
        const envelope = precisionEnvelope(truePositives);
        for (const [r, threshold] of params.recallThresholds.entries()) {
          const place = (((t * R + r) * K + k) * A + a) * M + m;
          const first = firstAtRecall(threshold, numTruePositives, numPersons);
          precision.data[place] = envelope[first] ?? 0;
          // Every detection reaches a recall of zero, so there the score is that of the very first.
          scores.data[place] = (threshold > 0 ? truePositives.scores[first] : ranked.scores[0]) ?? 0;
        }
      }
    }
  }
  return { precision, recall, scores };
}

function unknown(shape: readonly number[]): NumberArray {
  return { data: new Float64Array(shape.reduce((size, length) => size * length, 1)).fill(-1), shape };
}

interface Chunk {
  readonly cell: number;
  readonly start: number;
  readonly count: number;
}

/**
 * The detections of one category, in the order their images were scored: score, rank within the image, and the
 * outcomes [A, T] of each. It grows; nothing of a detection but these numbers is kept.
 */
export class OutcomeStore {
  readonly outcomesEach: number;
  #scores = new Float64Array(256);
  #outcomes: Uint8Array;
  #chunks: Chunk[] = [];
  #size = 0;

  constructor(outcomesEach: number) {
    this.outcomesEach = outcomesEach;
    this.#outcomes = new Uint8Array(256 * outcomesEach);
  }

  /** Makes room for the detections of one cell, best first; returns their outcomes [D, A, T], all false positives yet. */
  append(cell: number, scores: readonly number[]): Uint8Array {
    const start = this.#size;
    this.#size += scores.length;
    if (this.#size > this.#scores.length) this.#grow();
    this.#scores.set(scores, start);
    this.#chunks.push({ cell, start, count: scores.length });
    return this.#outcomes.subarray(start * this.outcomesEach, this.#size * this.outcomesEach);
  }

  get scores(): Float64Array {
    return this.#scores;
  }

  get outcomes(): Uint8Array {
    return this.#outcomes;
  }

  /** Positions of those among the first `limit` of their image: images ascending, best first within each. */
  firstOfEachImage(limit: number): Uint32Array {
    const chunks = this.#chunks.toSorted((a, b) => a.cell - b.cell);
    const positions = new Uint32Array(this.#size);
    let next = 0;
    for (const { start, count } of chunks) {
      for (let rank = 0; rank < count && rank < limit; rank += 1) positions[next++] = start + rank;
    }
    return positions.subarray(0, next);
  }

  #grow(): void {
    const capacity = Math.max(this.#size, 2 * this.#scores.length);
    const scores = new Float64Array(capacity);
    scores.set(this.#scores);
    this.#scores = scores;
    const outcomes = new Uint8Array(capacity * this.outcomesEach);
    outcomes.set(this.#outcomes);
    this.#outcomes = outcomes;
  }
}

/** Detections of one category, best first over all images. */
interface RankedDetections {
  /** Positions in the store. */
  readonly positions: Uint32Array;
  readonly scores: Float64Array;
}

function rankDetections(store: OutcomeStore, limit: number): RankedDetections {
  const unranked = store.firstOfEachImage(limit);
  const ranking = rankByScore(gather(store.scores, unranked, new Float64Array(unranked.length)));
  const positions = gather(unranked, ranking, new Uint32Array(ranking.length));
  return { positions, scores: gather(store.scores, positions, new Float64Array(ranking.length)) };
}

/** `values` at `indices`; a plain loop, because `from` walks an iterator. */
function gather<A extends Float64Array | Uint32Array>(values: A, indices: Uint32Array, into: A): A {
  for (let i = 0; i < indices.length; i += 1) into[i] = values[indices[i] as number] as number;
  return into;
}

/** The P true positives at one threshold, best first: all that precision and recall depend on. */
interface TruePositives {
  /** [P] False positives that outrank each. */
  readonly falsePositivesBefore: Uint32Array;
  /** [P] */
  readonly scores: Float64Array;
}

/**
 * Walks down the ranking, once for all area ranges and thresholds.
 *
 * @param personCounts [A, T] How many persons count, which is how many true positives there can be.
 * @returns [A, T]
 */
function traceTruePositives(
  store: OutcomeStore,
  ranked: RankedDetections,
  personCounts: Uint32Array,
): TruePositives[] {
  const { outcomes, outcomesEach } = store;
  const starts = startsOf(personCounts);
  const ends = starts.slice();
  const falsePositives = new Uint32Array(outcomesEach);
  const falsePositivesBefore = new Uint32Array(starts[outcomesEach] as number);
  const scores = new Float64Array(falsePositivesBefore.length);
  for (let i = 0; i < ranked.positions.length; i += 1) {
    const first = (ranked.positions[i] as number) * outcomesEach;
    for (let curve = 0; curve < outcomesEach; curve += 1) {
      const outcome = outcomes[first + curve];
      if (outcome === FALSE_POSITIVE) (falsePositives[curve] as number) += 1;
      if (outcome !== TRUE_POSITIVE) continue;
      const place = ends[curve] as number;
      falsePositivesBefore[place] = falsePositives[curve] as number;
      scores[place] = ranked.scores[i] as number;
      ends[curve] = place + 1;
    }
  }
  return Array.from(personCounts, (_, curve) => ({
    falsePositivesBefore: falsePositivesBefore.subarray(starts[curve], ends[curve]),
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
 * The highest precision at the recall of each true positive or any higher one. Only true positives matter: precision
 * falls with every other detection.
 */
function precisionEnvelope({ falsePositivesBefore }: TruePositives): Float64Array {
  const envelope = new Float64Array(falsePositivesBefore.length);
  let highest = 0;
  for (let i = envelope.length - 1; i >= 0; i -= 1) {
    const precision = (i + 1) / ((falsePositivesBefore[i] as number) + (i + 1) + Number.EPSILON);
    if (precision > highest) highest = precision;
    envelope[i] = highest;
  }
  return envelope;
}

/** Index of the first true positive whose recall, (index + 1) / numPersons, reaches the threshold; `count` if none. */
function firstAtRecall(threshold: number, count: number, numPersons: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((middle + 1) / numPersons < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Below this many numbers a comparison sort is done before the histograms of a radix sort are cleared. */
const RADIX_FROM = 4096;
const DIGITS = 1 << 16;

/**
 * Positions of the scores from highest to lowest; equal scores keep their order.
 * A radix sort over 16-bit digits, because its time grows with the number of scores and no faster.
 */
export function rankByScore(scores: Float64Array): Uint32Array {
  const ranking = new Uint32Array(scores.length);
  for (let i = 0; i < ranking.length; i += 1) ranking[i] = i;
  if (scores.length < RADIX_FROM) {
    return ranking.sort((a, b) => (scores[b] as number) - (scores[a] as number));
  }
  const digits = new Uint16Array(descendingKeys(scores).buffer); // [N, 4], lowest digit first
  let from = ranking;
  let to = new Uint32Array(scores.length);
  for (let digit = 0; digit < 4; digit += 1) {
    if (!scatterByDigit(digits, digit, from, to)) continue;
    [from, to] = [to, from];
  }
  return from;
}

/** One 64-bit unsigned key a score, smaller for a higher score: the number's bits, turned so that they compare. */
function descendingKeys(scores: Float64Array): Uint32Array {
  const keys = new Float64Array(scores.length);
  // Adding zero makes -0 into 0, which it equals.
  for (let i = 0; i < scores.length; i += 1) keys[i] = (scores[i] as number) + 0;
  const words = new Uint32Array(keys.buffer);
  for (let high = 1; high < words.length; high += 2) {
    const negative = (words[high] as number) >>> 31 === 1;
    if (negative) continue; // a negative number's bits already grow as it falls, and exceed every positive one's
    words[high] = ~(words[high] as number) & 0x7fffffff;
    words[high - 1] = ~(words[high - 1] as number);
  }
  return words;
}

/** One stable pass of the radix sort; false, and nothing done, when all digits agree. */
function scatterByDigit(digits: Uint16Array, digit: number, from: Uint32Array, to: Uint32Array): boolean {
  const starts = new Uint32Array(DIGITS);
  for (let i = digit; i < digits.length; i += 4) (starts[digits[i] as number] as number) += 1;
  if (starts[digits[digit] as number] === from.length) return false;
  let start = 0;
  for (let value = 0; value < DIGITS; value += 1) {
    const count = starts[value] as number;
    starts[value] = start;
    start += count;
  }
  for (const position of from) {
    const value = digits[4 * position + digit] as number;
    const target = starts[value] as number;
    starts[value] = target + 1;
    to[target] = position;
  }
  return true;
}
