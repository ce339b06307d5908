import { FALSE_POSITIVE, IGNORED, TRUE_POSITIVE } from "../outcome-store.ts";
import type { AreaRange, EvalParams } from "../params.ts";
import { rankByScore } from "../rank-by-score.ts";
import { ignoredPersons, matchCell, type ScoredCell } from "./scored-cells.ts";

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
