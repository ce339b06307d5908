import type { KeypointResult, TruthAnnotation } from "../keypoint-data.ts";
import type { AreaRange, EvalParams } from "../params.ts";
import type { Skeleton } from "../skeleton.ts";
import { type JudgedKeypoint, judgeKeypoints } from "./keypoint-errors.ts";
import { ignoredPersons, matchCell, type ScoredCell } from "./scored-cells.ts";

/**
 * From this OKS on a detection is of the person, however badly placed; below it with everyone, it is background.
 *
 * Source: Ruggero Ronchi & Perona, ICCV 2017 (their localisation threshold).
 */
export const SAME_PERSON_OKS = 0.1;

export const EVERY_AREA: AreaRange = { label: "all", min: 0, max: Number.POSITIVE_INFINITY };

/** A detection, the person it is of, and what is wrong with each keypoint. */
export interface JudgedPair {
  readonly person: TruthAnnotation;
  readonly detection: KeypointResult;
  readonly oks: number;
  readonly keypoints: readonly JudgedKeypoint[];
}

/** What was found, and what not, in one cell at the localisation threshold. */
export interface JudgedCell {
  readonly cell: ScoredCell;
  /** Of each detection its pair, or nothing where it is of no person that counts. */
  readonly pairs: readonly (JudgedPair | undefined)[];
  /** Of each detection whether it was matched to a person that does not count: a crowd, or without keypoints. */
  readonly excused: readonly boolean[];
  readonly missedPersons: readonly TruthAnnotation[];
}

/** Matches each cell at OKS 0.1 and judges the keypoints of every pair. */
export function judgeCells(
  cells: readonly ScoredCell[],
  { sigmas }: Pick<EvalParams, "sigmas">,
  { flipPairs }: Pick<Skeleton, "flipPairs">,
): JudgedCell[] {
  return cells.map((cell) => {
    const { matches, ignored, missedPersons } = localise(cell);
    const pairs = cell.detections.map((detection, d): JudgedPair | undefined => {
      const index = matches[d] ?? -1;
      const person = cell.persons[index];
      if (!person || ignored[index] === 1) return undefined;
      const others = cell.persons.filter((other) => other !== person);
      const keypoints = judgeKeypoints(person, detection, others, { sigmas, flipPairs });
      return { person, detection, oks: cell.oks[d * cell.persons.length + index] as number, keypoints };
    });
    const excused = cell.detections.map((_, d) => ignored[matches[d] ?? -1] === 1);
    return { cell, pairs, excused, missedPersons };
  });
}

/** The persons to be found that no detection is of. */
export function missedPersons(cell: ScoredCell): TruthAnnotation[] {
  return localise(cell).missedPersons;
}

function localise(cell: ScoredCell) {
  const ignored = ignoredPersons(cell, EVERY_AREA);
  const [matches = new Int32Array()] = matchCell(cell, [SAME_PERSON_OKS], ignored);
  const found = new Set(matches);
  return {
    ignored,
    matches,
    missedPersons: cell.persons.filter((_, index) => ignored[index] === 0 && !found.has(index)),
  };
}
