import { oksMatrix, oksVariances } from "../oks.ts";
import type { EvalParams } from "../params.ts";
import type { Skeleton } from "../skeleton.ts";
import { type PrecisionScores, precisionScores } from "./error-costs.ts";
import type { JudgedCell, JudgedPair } from "./judged-pairs.ts";
import type { JudgedKeypoint } from "./keypoint-errors.ts";
import type { ScoredCell } from "./scored-cells.ts";

/** Distances, as shares of the longer side of the person's box, within which a keypoint is correct (PCK). */
export const PCK_DISTANCES = [0.05, 0.1] as const;

/** How well one keypoint is found; shares and means are over its labels on persons that were found (OKS 0.1). */
export interface KeypointScores {
  readonly name: string;
  readonly numLabelled: number;
  /** AP were this the only keypoint: OKS of it alone, persons without it ignored. */
  readonly precision: PrecisionScores;
  /** Mean similarity to the label: its part of OKS. */
  readonly similarity: number;
  /** Share within each of {@link PCK_DISTANCES}. */
  readonly pck: readonly number[];
  readonly verdicts: Readonly<Record<Exclude<JudgedKeypoint["verdict"], "unlabelled">, number>>;
}

export function keypointScores(
  judged: readonly JudgedCell[],
  params: EvalParams,
  skeleton: Skeleton,
): KeypointScores[] {
  const pairs = judged.flatMap((cell) => cell.pairs.filter((pair) => pair !== undefined));
  return skeleton.keypoints.map((name, keypoint) => {
    const labelled = pairs.filter((pair) => pair.keypoints[keypoint]?.verdict !== "unlabelled");
    const mean = (measure: (pair: JudgedPair) => number): number =>
      labelled.reduce((sum, pair) => sum + measure(pair), 0) / labelled.length;
    const verdicts = { good: 0, jitter: 0, inversion: 0, swap: 0, miss: 0 };
    for (const pair of labelled) {
      const verdict = pair.keypoints[keypoint]?.verdict;
      if (verdict && verdict !== "unlabelled") verdicts[verdict]++;
    }
    return {
      name,
      numLabelled: labelled.length,
      precision: precisionScores(
        judged.map(({ cell }) => reduceToKeypoint(cell, keypoint, params.sigmas)),
        params,
      ),
      similarity: mean((pair) => pair.keypoints[keypoint]?.similarity ?? 0),
      pck: PCK_DISTANCES.map((limit) => mean((pair) => Number(relativeDistance(pair, keypoint) <= limit))),
      verdicts,
    };
  });
}

/** The cell as if persons had this keypoint alone; those without it do not count. */
function reduceToKeypoint(cell: ScoredCell, keypoint: number, sigmas: readonly number[]): ScoredCell {
  const pick = ({ keypoints }: { readonly keypoints: ArrayLike<number> }): number[] =>
    [0, 1, 2].map((part) => keypoints[3 * keypoint + part] ?? 0);
  const persons = cell.persons.map((person) => {
    const keypoints = pick(person);
    return {
      ...person,
      keypoints,
      numKeypoints: Math.min(person.numKeypoints, Number((keypoints[2] ?? 0) > 0)),
    };
  });
  return {
    ...cell,
    persons,
    oks: oksMatrix(persons, cell.detections.map(pick), oksVariances([sigmas[keypoint] ?? Number.NaN])),
  };
}

function relativeDistance({ person, detection }: JudgedPair, keypoint: number): number {
  const [x, y] = [3 * keypoint, 3 * keypoint + 1];
  const distance = Math.hypot(
    (detection.keypoints[x] ?? Number.NaN) - (person.keypoints[x] ?? Number.NaN),
    (detection.keypoints[y] ?? Number.NaN) - (person.keypoints[y] ?? Number.NaN),
  );
  return distance / Math.max(person.box[2], person.box[3]);
}
