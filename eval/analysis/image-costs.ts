import { IGNORED, TRUE_POSITIVE } from "../match.ts";
import type { EvalParams } from "../params.ts";
import { EVERY_AREA } from "./keypoint-errors.ts";
import { collectOutcomes, type Outcomes, type ScoredCell } from "./outcomes.ts";
import { meanOfValid, personsForRecall } from "./weighted-ap.ts";

export interface ImageCost {
  readonly imageId: number;
  /** AP without this image less AP with it: what it costs or, negative, what it earns. */
  readonly cost: number;
}

/** Leaves out one image after the other; the costliest come first. Images that hold nothing are not listed. */
export function imageCosts(cells: readonly ScoredCell[], params: EvalParams): ImageCost[] {
  const apWithout = leaveOneOutAp(collectOutcomes(cells, params, EVERY_AREA), params.recallThresholds);
  const all = apWithout(NO_IMAGE);
  /** An image that holds every person leaves no AP to compare with. */
  const costOf = (image: number): number => {
    const without = apWithout(image);
    return without === -1 ? 0 : without - all;
  };
  return [...new Set(cells.map(({ image }) => image))]
    .map((image) => ({ imageId: params.imageIds[image] as number, cost: costOf(image) }))
    .sort((a, b) => b.cost - a.cost || a.imageId - b.imageId);
}

/** No image: what leaving out none gives is the AP of all. */
export const NO_IMAGE = -1;

/**
 * AP over all thresholds and categories without one image, for any image in turn.
 *
 * Leaving out an image shifts what it holds out of the counts of everything ranked below, so one walk up the ranking
 * that subtracts a few numbers does: an order of magnitude less than accumulating anew with a weight of 0.
 *
 * @param outcomes One entry a category.
 * @returns A function of the position of the image among the evaluated ones, or {@link NO_IMAGE}; -1 where no person is left.
 */
export function leaveOneOutAp(
  outcomes: readonly Outcomes[],
  recallThresholds: readonly number[],
): (image: number) => number {
  const categories = outcomes.map((category) => prepare(category));
  return (image) =>
    meanOfValid(categories.flatMap((category) => precisionsWithout(image, category, recallThresholds)));
}

interface Prepared {
  readonly outcomes: Outcomes;
  readonly numPersons: number;
  /** Of each image, the ranks of its detections, best first. */
  readonly ranksOf: ReadonlyMap<number, readonly number[]>;
  /** Of each threshold. */
  readonly hits: readonly Hits[];
}

/** The true positives at one threshold, and how many detections count up to each. */
interface Hits {
  readonly ranks: Int32Array;
  readonly counted: Int32Array;
}

function prepare(outcomes: Outcomes): Prepared {
  const ranksOf = new Map<number, number[]>();
  outcomes.images.forEach((image, rank) => {
    const ranks = ranksOf.get(image);
    if (ranks) ranks.push(rank);
    else ranksOf.set(image, [rank]);
  });
  return {
    outcomes,
    numPersons: outcomes.persons.reduce((sum, count) => sum + count, 0),
    ranksOf,
    hits: outcomes.fates.map(hitsOf),
  };
}

function hitsOf(fates: Uint8Array): Hits {
  const ranks = new Int32Array(fates.length);
  const counted = new Int32Array(fates.length);
  let length = 0;
  let count = 0;
  for (let rank = 0; rank < fates.length; rank++) {
    if (fates[rank] !== IGNORED) count += 1;
    if (fates[rank] !== TRUE_POSITIVE) continue;
    ranks[length] = rank;
    counted[length++] = count;
  }
  return { ranks: ranks.slice(0, length), counted: counted.slice(0, length) };
}

function precisionsWithout(
  image: number,
  { outcomes, numPersons, ranksOf, hits }: Prepared,
  recallThresholds: readonly number[],
): number[] {
  const left = numPersons - (outcomes.persons[image] ?? 0);
  if (left === 0) return hits.map(() => -1);
  const needed = recallThresholds.map((recall) => personsForRecall(recall, left));
  const ranks = ranksOf.get(image) ?? [];
  return hits.map((hit, threshold) => {
    const fates = outcomes.fates[threshold] as Uint8Array;
    const removed = ranks.filter((rank) => fates[rank] !== IGNORED);
    const isHit = removed.map((rank) => fates[rank] === TRUE_POSITIVE);
    return walkUp(hit, removed, isHit, needed) / recallThresholds.length;
  });
}

/** Sum over the recalls, highest first, of the best precision from there on. */
function walkUp(
  { ranks, counted }: Hits,
  removed: readonly number[],
  isHit: readonly boolean[],
  needed: readonly number[],
): number {
  let sum = 0;
  let bestFound = 0;
  let bestCounted = 1;
  // What of the image is ranked no lower than the present hit.
  let removedCount = removed.length;
  let removedHits = isHit.filter(Boolean).length;
  let hit = ranks.length - 1;
  for (let recall = needed.length - 1; recall >= 0; recall--) {
    for (; hit >= 0; hit--) {
      const rank = ranks[hit] as number;
      while (removedCount > 0 && (removed[removedCount - 1] as number) > rank) {
        removedCount -= 1;
        if (isHit[removedCount]) removedHits -= 1;
      }
      if (removedCount > 0 && removed[removedCount - 1] === rank) continue;
      const found = hit + 1 - removedHits;
      if (found < (needed[recall] as number)) break;
      const count = (counted[hit] as number) - removedCount;
      if (found * bestCounted > bestFound * count) {
        bestFound = found;
        bestCounted = count;
      }
    }
    sum += bestFound / (bestCounted + Number.EPSILON);
  }
  return sum;
}
