import { rankByScore } from "../accumulate.ts";
import { addToCell, CellIndex, groupTruth, isIgnored, resultArea } from "../cells.ts";
import type { KeypointResult, KeypointTruth, TruthAnnotation } from "../keypoint-data.ts";
import { bestDetections, FALSE_POSITIVE, IGNORED, matchImage, TRUE_POSITIVE } from "../match.ts";
import { areaOfBox, oksMatrix, oksVariances } from "../oks.ts";
import type { AreaRange, EvalParams } from "../params.ts";
import { SUMMARY_MAX_DETECTIONS } from "../summary.ts";

/** One image and category: its labelled persons, the detections that are evaluated, and how alike they are. */
export interface ScoredCell {
  /** Position of the image among the evaluated images. */
  readonly image: number;
  readonly category: number;
  /** Their area is the one OKS is computed with. */
  readonly persons: readonly TruthAnnotation[];
  /** Best score first, no more than an image may keep. */
  readonly detections: readonly KeypointResult[];
  /** Area of each detection, square pixels. */
  readonly areas: readonly number[];
  /** [D, G] OKS of each detection with each person, row-major. */
  readonly oks: Float64Array;
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
  const found = new Map<number, KeypointResult[]>();
  for (const result of results) {
    const cell = index.cellOf(result);
    if (cell >= 0) addToCell(found, cell, result);
  }
  const fromBox = !params.quirks.includes("first-box") || results[0]?.box !== undefined;
  const limit = analysedDetections(params);
  return [...new Set([...truthCells.keys(), ...found.keys()])]
    .sort((a, b) => a - b)
    .map((cell) => {
      const persons = (truthCells.get(cell)?.persons ?? []).map((person) => withOksArea(person, params));
      const detections = bestDetections(found.get(cell) ?? [], params).slice(0, limit);
      const keypoints = detections.map((detection) => detection.keypoints);
      return {
        image: cell % params.imageIds.length,
        category: index.categoryOf(cell),
        persons,
        detections,
        areas: detections.map((detection) => resultArea(detection, fromBox)),
        oks: oksMatrix(persons, keypoints, variances),
      };
    });
}

/** How many detections of an image are looked at: as many as COCO's lines take, where that limit is evaluated. */
export function analysedDetections({ maxDetections }: EvalParams): number {
  if (maxDetections.includes(SUMMARY_MAX_DETECTIONS)) return SUMMARY_MAX_DETECTIONS;
  return maxDetections.at(-1) ?? SUMMARY_MAX_DETECTIONS;
}

function withOksArea(person: TruthAnnotation, { useArea }: EvalParams): TruthAnnotation {
  return useArea ? person : { ...person, area: areaOfBox(person.box) };
}

/**
 * Matches a cell's detections to its persons.
 *
 * @returns For each threshold, for each detection, the position of its person, or -1.
 */
export function matchCell(
  cell: ScoredCell,
  thresholds: readonly number[],
  ignored: Uint8Array,
): Int32Array[] {
  const crowd = Uint8Array.from(cell.persons, ({ isCrowd }) => Number(isCrowd));
  const { length } = cell.detections;
  const matches = matchImage(cell.oks, length, { ignored, crowd }, thresholds);
  return thresholds.map((_, threshold) => matches.subarray(threshold * length, (threshold + 1) * length));
}

/** 1 for each person of the cell that does not count in the area range. */
export function ignoredPersons(cell: ScoredCell, range: AreaRange): Uint8Array {
  return Uint8Array.from(cell.persons, (person) => Number(isIgnored(person, range, true)));
}

/** The detections of one category that are evaluated, best score first, with what became of each at every threshold. */
export interface Outcomes {
  /** Of each detection, the position of its image among the evaluated images. */
  readonly images: Int32Array;
  /** Of each threshold, for each detection: false positive, true positive or ignored. */
  readonly fates: readonly Uint8Array[];
  /** Of each image, its persons that are to be found. */
  readonly persons: Int32Array;
}

/** What the detections of one cell, and its persons, count for. */
export interface CellOutcome {
  readonly numPersons: number;
  fateOf(detection: number, threshold: number): number;
}

/** Matches every cell within one area range; one entry a category. */
export function collectOutcomes(
  cells: readonly ScoredCell[],
  params: EvalParams,
  range: AreaRange,
): Outcomes[] {
  const zeroIsNone = params.quirks.includes("zero-id");
  return rankOutcomes(cells, params, (cell) => {
    const ignored = ignoredPersons(cell, range);
    const matches = matchCell(cell, params.oksThresholds, ignored);
    return {
      numPersons: ignored.filter((flag) => flag === 0).length,
      fateOf(detection, threshold) {
        const person = matches[threshold]?.[detection] ?? -1;
        if (person >= 0 && ignored[person] === 1) return IGNORED;
        if (person >= 0 && !(zeroIsNone && cell.persons[person]?.id === 0)) return TRUE_POSITIVE;
        const area = cell.areas[detection] as number;
        return area < range.min || area > range.max ? IGNORED : FALSE_POSITIVE;
      },
    };
  });
}

/** Brings the outcomes of all cells into one ranking a category, in the order of the evaluator. */
export function rankOutcomes(
  cells: readonly ScoredCell[],
  { imageIds, oksThresholds, categoryIds, useCategories }: EvalParams,
  outcomeOf: (cell: ScoredCell) => CellOutcome,
): Outcomes[] {
  return Array.from({ length: useCategories ? categoryIds.length : 1 }, (_, category) => {
    const inCategory = cells.filter((cell) => cell.category === category);
    const rankOf = ranks(inCategory);
    const persons = new Int32Array(imageIds.length);
    const images = new Int32Array(rankOf.length);
    const fates = oksThresholds.map(() => new Uint8Array(rankOf.length));
    let position = 0;
    for (const cell of inCategory) {
      const outcome = outcomeOf(cell);
      persons[cell.image] = outcome.numPersons;
      for (let detection = 0; detection < cell.detections.length; detection++) {
        const rank = rankOf[position++] as number;
        images[rank] = cell.image;
        for (let threshold = 0; threshold < fates.length; threshold++) {
          (fates[threshold] as Uint8Array)[rank] = outcome.fateOf(detection, threshold);
        }
      }
    }
    return { images, fates, persons };
  });
}

/** Of each detection, cell by cell, its place among all. */
function ranks(cells: readonly ScoredCell[]): Uint32Array {
  const scores = new Float64Array(cells.reduce((sum, { detections }) => sum + detections.length, 0));
  let position = 0;
  for (const { detections } of cells) for (const { score } of detections) scores[position++] = score;
  const order = rankByScore(scores);
  const rankOf = new Uint32Array(scores.length);
  for (let rank = 0; rank < order.length; rank++) rankOf[order[rank] as number] = rank;
  return rankOf;
}
