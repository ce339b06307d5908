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
  /** Of each threshold, for each detection of the cell. */
  readonly fates: readonly Uint8Array[];
  readonly numPersons: number;
}

/** Matches every cell within one area range; one entry a category. */
export function collectOutcomes(
  cells: readonly ScoredCell[],
  params: EvalParams,
  range: AreaRange,
): Outcomes[] {
  return rankOutcomes(cells, params, (cell) => {
    const ignored = ignoredPersons(cell, range);
    const matches = matchCell(cell, params.oksThresholds, ignored);
    const outside = cell.areas.map((area) => area < range.min || area > range.max);
    return {
      fates: matches.map((match) =>
        Uint8Array.from(match, (person, d) => fateOf(cell, params, ignored, person, outside[d])),
      ),
      numPersons: ignored.length - ignored.reduce((sum, flag) => sum + flag, 0),
    };
  });
}

function fateOf(
  { persons }: ScoredCell,
  { quirks }: EvalParams,
  ignored: Uint8Array,
  person: number,
  outside: boolean | undefined,
): number {
  if (person >= 0 && ignored[person] === 1) return IGNORED;
  const unmatched = person < 0 || (persons[person]?.id === 0 && quirks.includes("zero-id"));
  if (!unmatched) return TRUE_POSITIVE;
  return outside ? IGNORED : FALSE_POSITIVE;
}

/** Brings the outcomes of all cells into one ranking a category, in the order of the evaluator. */
export function rankOutcomes(
  cells: readonly ScoredCell[],
  { imageIds, oksThresholds, categoryIds, useCategories }: EvalParams,
  outcomeOf: (cell: ScoredCell) => CellOutcome,
): Outcomes[] {
  return Array.from({ length: useCategories ? categoryIds.length : 1 }, (_, category) => {
    const inCategory = cells.filter((cell) => cell.category === category);
    const total = inCategory.reduce((sum, { detections }) => sum + detections.length, 0);
    const persons = new Int32Array(imageIds.length);
    const images = new Int32Array(total);
    const scores = new Float64Array(total);
    const fates = oksThresholds.map(() => new Uint8Array(total));
    let next = 0;
    for (const cell of inCategory) {
      const outcome = outcomeOf(cell);
      persons[cell.image] = outcome.numPersons;
      fates.forEach((fate, threshold) => {
        fate.set(outcome.fates[threshold] as Uint8Array, next);
      });
      for (const { score } of cell.detections) {
        images[next] = cell.image;
        scores[next++] = score;
      }
    }
    const ranking = rankByScore(scores);
    return {
      images: inOrder(images, ranking),
      fates: fates.map((fate) => inOrder(fate, ranking)),
      persons,
    };
  });
}

function inOrder<Values extends Int32Array | Uint8Array>(values: Values, order: Uint32Array): Values {
  const ordered = values.slice() as Values;
  for (let place = 0; place < order.length; place++)
    ordered[place] = values[order[place] as number] as number;
  return ordered;
}
