import { ignoredPersons, isOutside } from "./cells.ts";
import type { TruthAnnotation } from "./keypoint-data.ts";
import type { AreaRange, EvalParams } from "./params.ts";

/** An OKS of one matches a threshold of one although the sum of its terms may round below. */
const HIGHEST_THRESHOLD = 1 - 1e-10;

/** What `matchImage` needs to know about the labelled persons of one image, in file order. */
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
  matches: Int32Array = new Int32Array(thresholds.length * numDetections),
): Int32Array {
  const { ignored, crowd } = truths;
  const numTruths = ignored.length;
  const order = ignoredLast(ignored);
  matches.fill(-1);
  const reaching = detectionsReaching(Math.min(...thresholds), oks, numDetections, numTruths);
  const taken = new Uint8Array(numTruths);
  for (let t = 0; t < thresholds.length; t += 1) {
    taken.fill(0);
    for (const d of reaching) {
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

/** What became of a detection at one threshold, in one area range. */
export const FALSE_POSITIVE = 0;
export const TRUE_POSITIVE = 1;
export const IGNORED = 2;

/** The persons and detections of one image and category, as matching sees them. */
export interface MatchableCell {
  /** In file order, each with the area it is evaluated with. */
  readonly persons: readonly TruthAnnotation[];
  /** [D] Area of each detection, square pixels; best score first. */
  readonly areas: Float64Array;
  /** [D, G] OKS of each detection with each person, row-major. */
  readonly oks: Float64Array;
}

/** Whom the detections of a cell matched in one area range. */
export interface CellMatches {
  /** [G] 1 where the person does not count. */
  readonly ignored: Uint8Array;
  /** [T, D] The index of each detection's person, or -1. */
  readonly matches: Int32Array;
}

/**
 * Matches a cell within one area range.
 *
 * @param matches Where the matches go, if they are not to be allocated: of [T, D] numbers or more.
 */
export function matchCell(
  { persons, areas, oks }: MatchableCell,
  range: AreaRange,
  thresholds: readonly number[],
  matches?: Int32Array,
): CellMatches {
  const ignored = ignoredPersons(persons, range);
  const crowd = new Uint8Array(persons.length);
  for (let g = 0; g < crowd.length; g += 1) crowd[g] = Number((persons[g] as TruthAnnotation).isCrowd);
  return { ignored, matches: matchImage(oks, areas.length, { ignored, crowd }, thresholds, matches) };
}

/**
 * COCO's rules for what becomes of each detection of a cell, in each area range and at each threshold: a matched one is
 * a true positive, or ignored like its person; an unmatched one is a false positive, or ignored where its own area is
 * outside the range. Every evaluation goes by this function, whatever it makes of the outcomes.
 *
 * @param outcomes [D, A, T], filled in; all false positives before.
 * @param memory Where matches go, if they are not to be allocated: of [T, D] numbers or more.
 *
 * Source: pycocotools 2.0.11, `COCOeval.evaluateImg` and `COCOeval.accumulate`.
 */
export function decideOutcomes(
  cell: MatchableCell,
  params: Pick<EvalParams, "areaRanges" | "oksThresholds" | "useCategories" | "quirks">,
  outcomes: Uint8Array,
  memory?: Int32Array,
): void {
  const { areaRanges, oksThresholds } = params;
  ignoreOutsideRange(cell.areas, params, outcomes);
  const neverMatches = !params.useCategories && params.quirks.includes("pooled-categories");
  if (neverMatches || cell.persons.length === 0) return;
  const zeroIsNone = params.quirks.includes("zero-id");
  const numDetections = cell.areas.length;
  for (const [a, range] of areaRanges.entries()) {
    const { ignored, matches } = matchCell(cell, range, oksThresholds, memory);
    for (let t = 0; t < oksThresholds.length; t += 1) {
      for (let d = 0; d < numDetections; d += 1) {
        const person = matches[t * numDetections + d] as number;
        if (person < 0) continue;
        const place = (d * areaRanges.length + a) * oksThresholds.length + t;
        if (ignored[person] === 1) outcomes[place] = IGNORED;
        else if (!(zeroIsNone && cell.persons[person]?.id === 0)) outcomes[place] = TRUE_POSITIVE;
      }
    }
  }
}

/** Ignores detections in the ranges that their own area is outside of; where they match, the match decides. */
function ignoreOutsideRange(
  areas: Float64Array,
  { areaRanges, oksThresholds }: Pick<EvalParams, "areaRanges" | "oksThresholds">,
  outcomes: Uint8Array,
): void {
  let end = 0;
  for (let d = 0; d < areas.length; d += 1) {
    const area = areas[d] as number;
    for (const range of areaRanges) {
      const start = end;
      end += oksThresholds.length;
      if (isOutside(area, range)) outcomes.fill(IGNORED, start, end);
    }
  }
}
