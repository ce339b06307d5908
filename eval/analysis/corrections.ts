import { objectKeypointSimilarity, oksVariances } from "../oks.ts";
import { type JudgedCell, SAME_PERSON_OKS } from "./judged-pairs.ts";
import { correctKeypoints, type KeypointError } from "./keypoint-errors.ts";
import type { ScoredCell } from "./scored-cells.ts";

/** Mends the named keypoint errors of every matched detection; what needed no mending is passed on as it is. */
export function mendKeypoints(
  { cell, pairs }: JudgedCell,
  errors: ReadonlySet<KeypointError>,
  sigmas: readonly number[],
): ScoredCell {
  const variances = oksVariances(sigmas);
  const oks = cell.oks.slice();
  const detections = cell.detections.map((detection, d) => {
    const pair = pairs[d];
    if (!pair?.keypoints.some(({ verdict }) => errors.has(verdict as KeypointError))) return detection;
    const keypoints = correctKeypoints(pair.person, detection, pair.keypoints, errors, sigmas);
    cell.persons.forEach((person, g) => {
      oks[d * cell.persons.length + g] = objectKeypointSimilarity(person, keypoints, variances, person.area);
    });
    return { ...detection, keypoints };
  });
  return { ...cell, detections, oks };
}

/**
 * Gives every detection the score that ranks it best: its OKS with the person that is left to it when the most alike
 * pairs are taken first, and 0 where none is left.
 *
 * Source: after Ruggero Ronchi & Perona, ICCV 2017, section 3.2 (they assign by the largest sum of OKS).
 *
 * @param isRegular Whether a person counts.
 */
export function rescore(cell: ScoredCell, isRegular: (person: number) => boolean): ScoredCell {
  const { detections, persons, oks } = cell;
  const pairs = Array.from(oks, (similarity, index) => ({
    similarity,
    d: Math.floor(index / persons.length),
    g: index % persons.length,
  }))
    .filter(({ g }) => isRegular(g))
    .sort((a, b) => b.similarity - a.similarity);
  const scores = new Map<number, number>();
  const taken = new Set<number>();
  for (const { similarity, d, g } of pairs) {
    if (scores.has(d) || taken.has(g)) continue;
    scores.set(d, similarity);
    taken.add(g);
  }
  const order = detections.map((_, d) => d).sort((a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0));
  const rescored = pickDetections(cell, order);
  return {
    ...rescored,
    detections: rescored.detections.map((detection, index) => ({
      ...detection,
      score: scores.get(order[index] as number) ?? 0,
    })),
  };
}

/** Without the detections that are of no person at all. */
export function dropBackground(cell: ScoredCell): ScoredCell {
  return pickDetections(
    cell,
    cell.detections.map((_, d) => d).filter((d) => nearestPerson(cell, d).oks >= SAME_PERSON_OKS),
  );
}

/** The person most like a detection. */
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

/** The named detections of a cell, in the given order. */
export function pickDetections(cell: ScoredCell, order: readonly number[]): ScoredCell {
  const width = cell.persons.length;
  const oks = new Float64Array(order.length * width);
  order.forEach((d, row) => {
    oks.set(cell.oks.subarray(d * width, (d + 1) * width), row * width);
  });
  return {
    ...cell,
    detections: order.map((d) => cell.detections[d] as (typeof cell.detections)[number]),
    areas: order.map((d) => cell.areas[d] as number),
    oks,
  };
}

/** Without the persons that no detection is of. */
export function dropPersons(cell: ScoredCell, dropped: ReadonlySet<unknown>): ScoredCell {
  const kept = cell.persons.flatMap((person, g) => (dropped.has(person) ? [] : [g]));
  const width = cell.persons.length;
  return {
    ...cell,
    persons: kept.map((g) => cell.persons[g] as (typeof cell.persons)[number]),
    oks: Float64Array.from(
      cell.detections.flatMap((_, d) => kept.map((g) => cell.oks[d * width + g] as number)),
    ),
  };
}
