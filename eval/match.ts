import { isIgnored, resultArea, type TruthCell } from "./cells.ts";
import type { KeypointResult, TruthAnnotation } from "./keypoint-data.ts";
import { oksMatrix, oksVariances } from "./oks.ts";
import type { EvalParams } from "./params.ts";

/** An OKS of one matches a threshold of one although the sum of its terms may round below. */
const HIGHEST_THRESHOLD = 1 - 1e-10;

/** What `matchImage` needs to know of the labelled persons of one image, in file order. */
export interface MatchTruths {
  /** [G] 1 where the person does not count: a crowd, no keypoints, or outside the area range. */
  readonly ignored: Uint8Array;
  /** [G] 1 where a region may take any number of detections. */
  readonly crowd: Uint8Array;
}

/**
 * Matches the detections of one image to its labelled persons, at each threshold: detections choose in turn, best
 * score first, the free person with the highest OKS at or above the threshold. Ignored persons come last, and only
 * for a detection that no regular one took; of equal OKS the later person wins.
 *
 * @param oks [D, G], row-major; detections by descending score, truths in file order.
 * @param matches Where the answer goes, if it is not to be allocated: of [T, D] numbers or more.
 * @returns [T, D], row-major: the index of the person each detection matched, or -1.
 *
 * Source: pycocotools 2.0.11, `COCOeval.evaluateImg`.
 */
export function matchImage(
  oks: Float64Array,
  numDetections: number,
  truths: MatchTruths,
  thresholds: readonly number[],
  matches = new Int32Array(thresholds.length * numDetections),
): Int32Array {
  const { ignored, crowd } = truths;
  const numTruths = ignored.length;
  const order = ignoredLast(ignored);
  matches.fill(-1);
  const hopeful = detectionsReaching(Math.min(...thresholds), oks, numDetections, numTruths);
  const taken = new Uint8Array(numTruths);
  for (let t = 0; t < thresholds.length; t += 1) {
    taken.fill(0);
    for (const d of hopeful) {
      let best = Math.min(thresholds[t] as number, HIGHEST_THRESHOLD);
      let match = -1;
      for (let i = 0; i < numTruths; i += 1) {
        const g = order[i] as number;
        if (taken[g] === 1 && crowd[g] === 0) continue;
        if (match >= 0 && ignored[match] === 0 && ignored[g] === 1) break;
        const similarity = oks[d * numTruths + g] as number;
        if (similarity < best) continue;
        best = similarity;
        match = g;
      }
      if (match < 0) continue;
      matches[t * numDetections + d] = match;
      taken[match] = 1;
    }
  }
  return matches;
}

/** Indices of the persons, ignored ones last, else in file order. */
function ignoredLast(ignored: Uint8Array): Int32Array {
  const order = new Int32Array(ignored.length);
  let next = 0;
  for (const flag of [0, 1]) {
    for (let g = 0; g < ignored.length; g += 1) if (ignored[g] === flag) order[next++] = g;
  }
  return order;
}

/** The detections that have an OKS at or above the lowest threshold with any person: most have none. */
function detectionsReaching(
  lowest: number,
  oks: Float64Array,
  numDetections: number,
  numTruths: number,
): number[] {
  const reaching: number[] = [];
  const floor = Math.min(lowest, HIGHEST_THRESHOLD);
  for (let d = 0; d < numDetections; d += 1) {
    for (let pair = d * numTruths; pair < (d + 1) * numTruths; pair += 1) {
      if ((oks[pair] as number) < floor) continue;
      reaching.push(d);
      break;
    }
  }
  return reaching;
}

/** The detections of one cell that are evaluated: best first, equal scores in their order, cut at the highest limit. */
export function bestDetections(results: readonly KeypointResult[], params: EvalParams): KeypointResult[] {
  const pooled = params.useCategories ? results : results.toSorted((a, b) => a.categoryId - b.categoryId);
  return pooled.toSorted((a, b) => b.score - a.score).slice(0, params.maxDetections.at(-1));
}

/** Finds what becomes of the detections of a cell; cell after cell in the same memory, which leaves nothing to collect. */
export class CellScorer {
  readonly #params: EvalParams;
  readonly #variances: Float64Array;
  readonly #floor: number;
  readonly #zeroIsNone: boolean;
  readonly #neverMatches: boolean;
  #oks = new Float64Array(0);
  #matches = new Int32Array(0);

  constructor(params: EvalParams) {
    this.#params = params;
    this.#variances = oksVariances(params.sigmas);
    this.#floor = Math.min(...params.oksThresholds);
    this.#zeroIsNone = params.quirks.includes("zero-id");
    this.#neverMatches = !params.useCategories && params.quirks.includes("pooled-categories");
  }

  /**
   * What becomes of each detection, in each area range and at each threshold.
   *
   * @param detections From `bestDetections`.
   * @param fromBox Whether detections have the area of their box.
   * @param outcomes [D, A, T], filled in; all false positives before.
   */
  score(
    truth: TruthCell | undefined,
    detections: readonly KeypointResult[],
    fromBox: boolean,
    outcomes: Uint8Array,
  ): void {
    this.#markUnmatched(detections, fromBox, outcomes);
    if (!truth || this.#neverMatches) return;
    const { areaRanges, oksThresholds, useArea } = this.#params;
    this.#reserve(detections.length, truth.persons.length);
    const keypoints = detections.map((detection) => detection.keypoints);
    const { persons } = truth;
    oksMatrix(persons, keypoints, this.#variances, useArea, this.#floor, this.#oks);
    const crowd = flags(persons, ({ isCrowd }) => isCrowd);
    for (const [a, range] of areaRanges.entries()) {
      const ignored = flags(persons, (person) => isIgnored(person, range, useArea));
      matchImage(this.#oks, detections.length, { ignored, crowd }, oksThresholds, this.#matches);
      this.#markMatched(detections.length, persons, ignored, a, outcomes);
    }
  }

  #reserve(numDetections: number, numTruths: number): void {
    const numMatches = this.#params.oksThresholds.length * numDetections;
    if (this.#matches.length < numMatches) this.#matches = new Int32Array(2 * numMatches);
    const numPairs = numDetections * numTruths;
    if (this.#oks.length < numPairs) this.#oks = new Float64Array(2 * numPairs);
  }

  /** An unmatched detection is a false positive, or ignored where its own area is outside the range. */
  #markUnmatched(detections: readonly KeypointResult[], fromBox: boolean, outcomes: Uint8Array): void {
    const { areaRanges, oksThresholds } = this.#params;
    let end = 0;
    for (const detection of detections) {
      const area = resultArea(detection, fromBox);
      for (const { min, max } of areaRanges) {
        const start = end;
        end += oksThresholds.length;
        if (area < min || area > max) outcomes.fill(IGNORED, start, end);
      }
    }
  }

  /** A matched detection is a true positive, or ignored like its person. */
  #markMatched(
    numDetections: number,
    persons: readonly TruthAnnotation[],
    ignored: Uint8Array,
    areaRange: number,
    outcomes: Uint8Array,
  ): void {
    const { areaRanges, oksThresholds } = this.#params;
    for (let t = 0; t < oksThresholds.length; t += 1) {
      for (let d = 0; d < numDetections; d += 1) {
        const person = this.#matches[t * numDetections + d] as number;
        if (person < 0) continue;
        const place = (d * areaRanges.length + areaRange) * oksThresholds.length + t;
        if (ignored[person] === 1) outcomes[place] = IGNORED;
        else if (!(this.#zeroIsNone && persons[person]?.id === 0)) outcomes[place] = TRUE_POSITIVE;
      }
    }
  }
}

function flags(persons: readonly TruthAnnotation[], isSet: (person: TruthAnnotation) => boolean): Uint8Array {
  const set = new Uint8Array(persons.length);
  for (let i = 0; i < persons.length; i += 1) set[i] = Number(isSet(persons[i] as TruthAnnotation));
  return set;
}

/** What became of a detection at one threshold, in one area range. */
export const FALSE_POSITIVE = 0;
export const TRUE_POSITIVE = 1;
export const IGNORED = 2;

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
