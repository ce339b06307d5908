import { FALSE_POSITIVE, IGNORED, TRUE_POSITIVE } from "../outcome-store.ts";
import type { EvalParams } from "../params.ts";
import { nearestPerson } from "./corrections.ts";
import { EVERY_AREA, SAME_PERSON_OKS } from "./judged-pairs.ts";
import { rankOutcomes } from "./outcomes.ts";
import type { PersonGroup } from "./person-groups.ts";
import { type PrecisionScores, summarisePrecision } from "./precision-scores.ts";
import { ignoredPersons, matchCell, type ScoredCell } from "./scored-cells.ts";

export interface GroupScores {
  readonly name: string;
  readonly numPersons: number;
  /** -1 where the group is empty. */
  readonly precision: PrecisionScores;
}

/**
 * AP within groups of persons that divide them all. Persons and detections are matched once, for everyone; a correct
 * detection then counts where its person does, a false positive where the person it is most like does, and background
 * (OKS below 0.1 with everyone) nowhere. So the groups compare: none answers for another one's false positives, as
 * small groups would if the others' persons were merely ignored.
 */
export function groupScores(
  cells: readonly ScoredCell[],
  groups: readonly PersonGroup[],
  params: EvalParams,
): GroupScores[] {
  const matched = new Map(cells.map((cell) => [cell, matchEveryone(cell, params)]));
  return groups.map((group) => {
    let numPersons = 0;
    const outcomes = rankOutcomes(cells, params, (cell) => {
      const { ignored, matches, nearest } = matched.get(cell) as ReturnType<typeof matchEveryone>;
      const inGroup = cell.persons.map((person, index) => ignored[index] === 0 && group.has(person));
      const count = inGroup.filter(Boolean).length;
      numPersons += count;
      return {
        numPersons: count,
        fateOf(detection, threshold) {
          const person = matches[threshold]?.[detection] ?? -1;
          if (person >= 0) return inGroup[person] ? TRUE_POSITIVE : IGNORED;
          return inGroup[nearest[detection] ?? -1] ? FALSE_POSITIVE : IGNORED;
        },
      };
    });
    return { name: group.name, numPersons, precision: summarisePrecision(outcomes, params) };
  });
}

function matchEveryone(cell: ScoredCell, params: EvalParams) {
  const ignored = ignoredPersons(cell, EVERY_AREA);
  const nearest = cell.detections.map((_, d) => {
    const { index, oks } = nearestPerson(cell, d);
    return oks >= SAME_PERSON_OKS ? index : -1;
  });
  return { ignored, nearest, matches: matchCell(cell, params.oksThresholds, ignored) };
}
