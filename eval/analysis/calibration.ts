import type { DiagnosedCell } from "./keypoint-errors.ts";

/** Detections of about the same score. */
interface ScoreBin {
  readonly count: number;
  readonly lowestScore: number;
  readonly highestScore: number;
  readonly meanScore: number;
  /** What the score should predict: mean OKS of the detections with their persons, 0 for a detection of none. */
  readonly meanOks: number;
}

export interface Calibration {
  /** As equal in count as possible, lowest scores first. */
  readonly bins: readonly ScoreBin[];
  /** Mean over the detections of how far their bin's mean score lies from its mean OKS. */
  readonly error: number;
  /** Share of the pairs of detections whose scores are in the same order as their OKS; 0.5 is chance, NaN without pairs. */
  readonly concordance: number;
}

const NUM_BINS = 10;

/** Whether scores say how good detections are. Detections of crowds and persons without keypoints are left out. */
export function calibration(diagnosed: readonly DiagnosedCell[]): Calibration {
  const detections = diagnosed
    .flatMap(({ cell, pairs, onIgnored }) =>
      cell.detections.flatMap(({ score }, d) => (onIgnored[d] ? [] : [{ score, oks: pairs[d]?.oks ?? 0 }])),
    )
    .sort((a, b) => a.score - b.score);
  const bins = Array.from({ length: NUM_BINS }, (_, bin) =>
    detections.slice(
      Math.round((bin * detections.length) / NUM_BINS),
      Math.round(((bin + 1) * detections.length) / NUM_BINS),
    ),
  )
    .filter(({ length }) => length > 0)
    .map((members) => ({
      count: members.length,
      lowestScore: members[0]?.score ?? Number.NaN,
      highestScore: members.at(-1)?.score ?? Number.NaN,
      meanScore: members.reduce((sum, { score }) => sum + score, 0) / members.length,
      meanOks: members.reduce((sum, { oks }) => sum + oks, 0) / members.length,
    }));
  const error = bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.meanScore - bin.meanOks), 0);
  return { bins, error: error / detections.length, concordance: concordance(detections) };
}

/**
 * Among the pairs with different scores and different OKS, the share whose scores and OKS are in the same order. A
 * Fenwick tree over the ranks of OKS counts, for each detection, those with a lower score and a lower OKS.
 */
function concordance(ascending: readonly { readonly score: number; readonly oks: number }[]): number {
  let ordered = 0;
  let comparable = 0;
  const values = [...new Set(ascending.map(({ oks }) => oks))].sort((a, b) => a - b);
  const rankOf = new Map(values.map((value, rank) => [value, rank + 1]));
  const tree = new Float64Array(values.length + 1);
  const countUpTo = (rank: number): number => {
    let sum = 0;
    for (let index = rank; index > 0; index -= index & -index) sum += tree[index] as number;
    return sum;
  };
  for (let start = 0, end = 0; start < ascending.length; start = end) {
    const score = ascending[start]?.score;
    while (end < ascending.length && ascending[end]?.score === score) end++;
    const tied = ascending.slice(start, end).map(({ oks }) => rankOf.get(oks) as number);
    for (const rank of tied) {
      const lower = countUpTo(rank - 1);
      ordered += lower;
      comparable += lower + countUpTo(values.length) - countUpTo(rank);
    }
    for (const rank of tied) {
      for (let index = rank; index < tree.length; index += index & -index) (tree[index] as number) += 1;
    }
  }
  return comparable === 0 ? Number.NaN : ordered / comparable;
}
