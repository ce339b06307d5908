import { rankByScore } from "../accumulate.ts";
import {
  addToCell,
  areasFromBoxes,
  bestDetections,
  CellIndex,
  countPersons,
  groupTruth,
  resultAreas,
} from "../cells.ts";
import type { KeypointResult, KeypointTruth, TruthAnnotation } from "../keypoint-data.ts";
import { type CellMatches, decideOutcomes, type MatchableCell, matchCell } from "../match.ts";
import { oksMatrix, oksVariances } from "../oks.ts";
import type { AreaRange, EvalParams } from "../params.ts";
import { SUMMARY_MAX_DETECTIONS } from "../summary.ts";

/** Persons of any area: what the analyses are about. */
export const EVERY_AREA: AreaRange = { label: "all", min: 0, max: Number.POSITIVE_INFINITY };

/** One image and category: its labelled persons, the detections that are evaluated, and their OKS. */
export interface ScoredCell extends MatchableCell {
  /** Position of the image among the evaluated images. */
  readonly image: number;
  readonly category: number;
  /** Best score first, no more than an image may keep. */
  readonly detections: readonly KeypointResult[];
}

/** OKS of every evaluated detection with every person of its image: what all analyses start from. */
export function scoreCells(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: EvalParams,
): ScoredCell[] {
  const index = new CellIndex(params);
  const variances = oksVariances(params.sigmas);
  const truthCells = groupTruth(truth, params, index);
  const resultCells = new Map<number, KeypointResult[]>();
  for (const result of results) {
    const cell = index.cellOf(result);
    if (cell >= 0) addToCell(resultCells, cell, result);
  }
  const fromBox = areasFromBoxes(results[0], params);
  const limit = analysedDetections(params);
  return [...new Set([...truthCells.keys(), ...resultCells.keys()])]
    .sort((a, b) => a - b)
    .map((cell) => {
      const persons = truthCells.get(cell) ?? [];
      const detections = bestDetections(resultCells.get(cell) ?? [], params).slice(0, limit);
      const keypoints = detections.map((detection) => detection.keypoints);
      return {
        image: index.imageOf(cell),
        category: index.categoryOf(cell),
        persons,
        detections,
        areas: resultAreas(detections, fromBox),
        oks: oksMatrix(persons, keypoints, variances),
      };
    });
}

/** How many detections of an image are analysed: as many as COCO's lines take, where that limit is evaluated. */
export function analysedDetections({ maxDetections }: EvalParams): number {
  if (maxDetections.includes(SUMMARY_MAX_DETECTIONS)) return SUMMARY_MAX_DETECTIONS;
  return maxDetections.at(-1) ?? SUMMARY_MAX_DETECTIONS;
}

/** Matches a cell at one OKS, persons of any area; `missed` are those who count and that no detection matched. */
export function matchAt(cell: ScoredCell, oks: number): CellMatches & { missed: TruthAnnotation[] } {
  const matched = matchCell(cell, EVERY_AREA, [oks]);
  const found = new Set(matched.matches);
  const missed = cell.persons.filter((_, g) => matched.ignored[g] === 0 && !found.has(g));
  return { ...matched, missed };
}

/** Some detections of a cell, in the given order. */
export function selectDetections(cell: ScoredCell, order: readonly number[]): ScoredCell {
  const width = cell.persons.length;
  const oks = new Float64Array(order.length * width);
  order.forEach((d, row) => {
    oks.set(cell.oks.subarray(d * width, (d + 1) * width), row * width);
  });
  return {
    ...cell,
    detections: order.map((d) => cell.detections[d] as KeypointResult),
    areas: Float64Array.from(order, (d) => cell.areas[d] as number),
    oks,
  };
}

/** The person with the highest OKS with a detection; -1 and 0 where every OKS is 0. */
export function nearestPerson(
  { oks, persons }: ScoredCell,
  detection: number,
): { index: number; oks: number } {
  let best = { index: -1, oks: 0 };
  for (let g = 0; g < persons.length; g++) {
    const similarity = oks[detection * persons.length + g] as number;
    if (similarity > best.oks) best = { index: g, oks: similarity };
  }
  return best;
}

/** The D detections of one category that are evaluated, best score first, and what became of them. */
export interface RankedOutcomes {
  /** [D] Position of each detection's image among the evaluated images. */
  readonly images: Int32Array;
  /** [T][D] False positive, true positive or ignored. */
  readonly outcomes: readonly Uint8Array[];
  /** How many persons count, of each evaluated image. */
  readonly persons: Int32Array;
}

/** The outcomes of one cell. */
interface CellOutcomes {
  /** How many persons count. */
  readonly numPersons: number;
  outcomeOf(detection: number, threshold: number): number;
}

/**
 * The outcomes within one area range, by the evaluator's own rules; one entry a category. Only the quirk
 * `pooled-categories` is not followed: where nothing matches there is nothing to analyse or to compare.
 */
export function collectOutcomes(
  cells: readonly ScoredCell[],
  params: EvalParams,
  range: AreaRange,
): RankedOutcomes[] {
  const quirks = params.quirks.filter((quirk) => quirk !== "pooled-categories");
  const rules = { ...params, areaRanges: [range], quirks };
  const numThresholds = params.oksThresholds.length;
  return rankOutcomes(cells, params, (cell) => {
    const outcomes = new Uint8Array(cell.detections.length * numThresholds); // [D, T]
    decideOutcomes(cell, rules, outcomes);
    return {
      numPersons: countPersons(cell.persons, range),
      outcomeOf: (detection, threshold) => outcomes[detection * numThresholds + threshold] as number,
    };
  });
}

/** Brings the outcomes of all cells into one ranking a category, in the order of the evaluator. */
export function rankOutcomes(
  cells: readonly ScoredCell[],
  { imageIds, oksThresholds, categoryIds, useCategories }: EvalParams,
  outcomesOf: (cell: ScoredCell) => CellOutcomes,
): RankedOutcomes[] {
  return Array.from({ length: useCategories ? categoryIds.length : 1 }, (_, category) => {
    const inCategory = cells.filter((cell) => cell.category === category);
    const rankOf = ranks(inCategory);
    const persons = new Int32Array(imageIds.length);
    const images = new Int32Array(rankOf.length);
    const outcomes = oksThresholds.map(() => new Uint8Array(rankOf.length));
    let position = 0;
    for (const cell of inCategory) {
      const { numPersons, outcomeOf } = outcomesOf(cell);
      persons[cell.image] = numPersons;
      for (let detection = 0; detection < cell.detections.length; detection++) {
        const rank = rankOf[position++] as number;
        images[rank] = cell.image;
        for (let threshold = 0; threshold < outcomes.length; threshold++) {
          (outcomes[threshold] as Uint8Array)[rank] = outcomeOf(detection, threshold);
        }
      }
    }
    return { images, outcomes, persons };
  });
}

/** Of each detection, cell by cell, its place among all. */
function ranks(cells: readonly ScoredCell[]): Uint32Array {
  const scores = new Float64Array(cells.reduce((sum, { detections }) => sum + detections.length, 0));
  let position = 0;
  for (const { detections } of cells) for (const { score } of detections) scores[position++] = score;
  const rankOf = new Uint32Array(scores.length);
  const order = rankByScore(scores);
  for (let rank = 0; rank < order.length; rank++) rankOf[order[rank] as number] = rank;
  return rankOf;
}
