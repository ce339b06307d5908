import type { BoxTuple, TruthAnnotation } from "../keypoint-data.ts";
import { FALSE_POSITIVE, IGNORED, matchCell, TRUE_POSITIVE } from "../match.ts";
import type { EvalParams } from "../params.ts";
import { SAME_PERSON_OKS } from "./keypoint-errors.ts";
import { EVERY_AREA, nearestPerson, rankOutcomes, type ScoredCell } from "./outcomes.ts";
import { type PrecisionScores, summarisePrecision } from "./weighted-ap.ts";

/** Some of the labelled persons, to see how well a detector does on them. */
interface PersonGroup {
  readonly name: string;
  has(person: TruthAnnotation): boolean;
}

/** Side lengths, in pixels, whose squares divide persons by area: COCO's 32 and 96, and steps between and beyond. */
const SIZE_EDGES = [0, 32, 64, 96, 128, 256, Number.POSITIVE_INFINITY] as const;
/** Boxes' intersection over union with the most overlapping other person. */
const OVERLAP_EDGES = [0, 0.1, 0.3, 0.5, 1] as const;
const VISIBLE_STEP = 5;

/** By segment area: 32² to 64² and so on; the lower edge belongs to the group, the upper one to the next. */
export function sizeGroups(): PersonGroup[] {
  return intervals(SIZE_EDGES).map(([low, high]) => ({
    name:
      low === 0
        ? `under ${high}²`
        : high === Number.POSITIVE_INFINITY
          ? `${low}² and up`
          : `${low}²–${high}²`,
    has: ({ area }) => area >= low ** 2 && area < high ** 2,
  }));
}

/** By the stored number of labelled keypoints, five at a time: 1-5, 6-10, … */
export function visibilityGroups(numKeypoints: number): PersonGroup[] {
  return Array.from({ length: Math.ceil(numKeypoints / VISIBLE_STEP) }, (_, index) => {
    const low = index * VISIBLE_STEP + 1;
    const high = Math.min(low + VISIBLE_STEP - 1, numKeypoints);
    return {
      name: low === high ? String(low) : `${low}–${high}`,
      has: (person) => person.numKeypoints >= low && person.numKeypoints <= high,
    };
  });
}

/** By the largest intersection over union of the person's box with another person's of the same image. */
export function overlapGroups(cells: readonly Pick<ScoredCell, "persons">[]): PersonGroup[] {
  const overlaps = largestOverlaps(cells);
  return intervals(OVERLAP_EDGES).map(([low, high]) => ({
    name: `${low}–${high}`,
    has: (person) => {
      const overlap = overlaps.get(person) ?? 0;
      return overlap >= low && (overlap < high || high === 1);
    },
  }));
}

/** For each person the largest intersection over union with another one of its image; crowds are no persons. */
export function largestOverlaps(
  cells: readonly Pick<ScoredCell, "persons">[],
): ReadonlyMap<TruthAnnotation, number> {
  const largest = new Map<TruthAnnotation, number>();
  for (const cell of cells) {
    const persons = cell.persons.filter(({ isCrowd }) => !isCrowd);
    for (const person of persons) {
      const overlaps = persons.map((other) => (other === person ? 0 : boxIou(person.box, other.box)));
      largest.set(person, Math.max(...overlaps));
    }
  }
  return largest;
}

/** Intersection over union of two boxes; 0 where both are empty. */
export function boxIou(a: BoxTuple, b: BoxTuple): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  if (!(width > 0) || !(height > 0)) return 0;
  const intersection = width * height;
  return intersection / (a[2] * a[3] + b[2] * b[3] - intersection);
}

function intervals(edges: readonly number[]): [low: number, high: number][] {
  return edges.slice(1).map((high, index) => [edges[index] ?? 0, high]);
}

export interface GroupScores {
  readonly name: string;
  readonly numPersons: number;
  /** -1 where the group is empty. */
  readonly precision: PrecisionScores;
}

/**
 * AP within groups that divide all persons. Persons and detections are matched once, for everyone; a true positive then
 * counts in the group of its person, a false positive in that of its nearest person, and background (OKS below 0.1 with
 * everyone) in none. This makes groups comparable: if the other groups' persons were merely ignored, their false
 * positives would count against each group, and a small group would suffer most.
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
      const { ignored, personOf, nearest } = matched.get(cell) as ReturnType<typeof matchEveryone>;
      const inGroup = cell.persons.map((person, index) => ignored[index] === 0 && group.has(person));
      const count = inGroup.filter(Boolean).length;
      numPersons += count;
      return {
        numPersons: count,
        outcomeOf(detection, threshold) {
          const person = personOf(detection, threshold);
          if (person >= 0) return inGroup[person] ? TRUE_POSITIVE : IGNORED;
          return inGroup[nearest[detection] ?? -1] ? FALSE_POSITIVE : IGNORED;
        },
      };
    });
    return { name: group.name, numPersons, precision: summarisePrecision(outcomes, params) };
  });
}

function matchEveryone(cell: ScoredCell, params: EvalParams) {
  const { ignored, matches } = matchCell(cell, EVERY_AREA, params.oksThresholds);
  const numDetections = cell.detections.length;
  const personOf = (detection: number, threshold: number): number =>
    matches[threshold * numDetections + detection] as number;
  const nearest = cell.detections.map((_, d) => {
    const { index, oks } = nearestPerson(cell, d);
    return oks >= SAME_PERSON_OKS ? index : -1;
  });
  return { ignored, nearest, personOf };
}
