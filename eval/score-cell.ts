import type { KeypointResult, TruthAnnotation } from "./keypoint-data.ts";
import { matchImage } from "./match.ts";
import { oksMatrix, oksVariances } from "./oks.ts";
import { IGNORED, TRUE_POSITIVE } from "./outcome-store.ts";
import type { EvalParams } from "./params.ts";
import { resultArea } from "./result-area.ts";
import { isIgnored, type TruthCell } from "./truth-cells.ts";

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
