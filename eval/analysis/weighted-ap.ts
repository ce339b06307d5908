import { IGNORED, TRUE_POSITIVE } from "../match.ts";
import type { EvalParams } from "../params.ts";
import { COCO_LINES, type SummaryLine } from "../summary.ts";
import { collectOutcomes, EVERY_AREA, type RankedOutcomes, type ScoredCell } from "./outcomes.ts";

interface ThresholdScores {
  /** Average precision at each OKS threshold; -1 where no person counts. */
  readonly precision: Float64Array;
  /** The highest recall at each OKS threshold; -1 where no person counts. */
  readonly recall: Float64Array;
}

/** How often each evaluated image counts: whole numbers, a weight of n stands for n copies of the image. */
export type ImageWeights = ArrayLike<number>;

/** The ranks that matter at one threshold: true positives, and detections that do not count at every threshold. */
interface Events {
  readonly ranks: Int32Array;
  readonly images: Int32Array;
  readonly isTruePositive: Uint8Array;
  /** Whether the detection counts at every threshold, and is therefore part of their shared sum. */
  readonly isShared: Uint8Array;
}

/**
 * Prepares outcomes for being accumulated many times, each time with other weights of the images.
 *
 * Matching does not depend on weights, so it is done once. In a ranking only two things matter: the true positives, and
 * how many detections count before each of them. Detections that count at every threshold are summed once for all
 * thresholds; what remains per threshold is about as long as the list of persons.
 *
 * @returns A function of the weights; it reuses its result.
 */
export function weightedAp(
  { images, outcomes, persons }: RankedOutcomes,
  recallThresholds: readonly number[],
): (weights: ImageWeights) => ThresholdScores {
  const shared = new Uint8Array(images.length);
  for (let rank = 0; rank < images.length; rank++) {
    shared[rank] = Number(outcomes.every((atThreshold) => atThreshold[rank] !== IGNORED));
  }
  const events = outcomes.map((atThreshold) => eventsOf(atThreshold, images, shared));
  const weightOf = new Float64Array(persons.length);
  // Nothing after the last event matters.
  const reach = 1 + Math.max(-1, ...events.map(({ ranks }) => ranks.at(-1) ?? -1));
  const sharedUpTo = new Float64Array(reach);
  const longest = Math.max(0, ...events.map(({ ranks }) => ranks.length));
  const curve = { truePositives: new Float64Array(longest), counted: new Float64Array(longest) };
  const result = {
    precision: new Float64Array(outcomes.length),
    recall: new Float64Array(outcomes.length),
  };

  return (weights) => {
    weightOf.set(weights);
    let numPersons = 0;
    for (let image = 0; image < persons.length; image++) {
      numPersons += (persons[image] as number) * (weightOf[image] as number);
    }
    if (numPersons === 0) {
      result.precision.fill(-1);
      result.recall.fill(-1);
      return result;
    }
    sumShared(images, shared, weightOf, sharedUpTo);
    for (let threshold = 0; threshold < events.length; threshold++) {
      const length = traceCurve(events[threshold] as Events, weightOf, sharedUpTo, curve);
      result.recall[threshold] = length === 0 ? 0 : (curve.truePositives[length - 1] as number) / numPersons;
      result.precision[threshold] = averagePrecision(curve, length, numPersons, recallThresholds);
    }
    return result;
  };
}

function eventsOf(outcomes: Uint8Array, images: Int32Array, shared: Uint8Array): Events {
  const all = new Int32Array(outcomes.length);
  let length = 0;
  for (let rank = 0; rank < outcomes.length; rank++) {
    const counts = outcomes[rank] !== IGNORED && shared[rank] === 0;
    if (counts || outcomes[rank] === TRUE_POSITIVE) all[length++] = rank;
  }
  const ranks = all.slice(0, length);
  const isTruePositive = new Uint8Array(length);
  const isShared = new Uint8Array(length);
  for (let event = 0; event < length; event++) {
    isTruePositive[event] = Number(outcomes[ranks[event] as number] === TRUE_POSITIVE);
    isShared[event] = shared[ranks[event] as number] as number;
  }
  return { ranks, images: ranks.map((rank) => images[rank] as number), isTruePositive, isShared };
}

/** Of each rank, how many shared detections count up to and including it. */
function sumShared(
  images: Int32Array,
  shared: Uint8Array,
  weightOf: Float64Array,
  sharedUpTo: Float64Array,
): void {
  let total = 0;
  for (let rank = 0; rank < sharedUpTo.length; rank++) {
    total += (shared[rank] as number) * (weightOf[images[rank] as number] as number);
    sharedUpTo[rank] = total;
  }
}

/** Up to and including each true positive: how many there are, and how many detections count. */
interface Curve {
  readonly truePositives: Float64Array;
  readonly counted: Float64Array;
}

/** Returns how many true positives there are. */
function traceCurve(
  { ranks, images, isTruePositive, isShared }: Events,
  weightOf: Float64Array,
  sharedUpTo: Float64Array,
  curve: Curve,
): number {
  let unshared = 0;
  let truePositives = 0;
  let length = 0;
  for (let event = 0; event < ranks.length; event++) {
    const weight = weightOf[images[event] as number] as number;
    if (weight === 0) continue;
    if (isShared[event] === 0) unshared += weight;
    if (isTruePositive[event] === 0) continue;
    truePositives += weight;
    curve.truePositives[length] = truePositives;
    curve.counted[length] = (sharedUpTo[ranks[event] as number] as number) + unshared;
    length += 1;
  }
  return length;
}

/**
 * Mean over the recall thresholds of the best precision at that recall or beyond, 0 past the end. Precisions are
 * compared as fractions: one division per recall threshold instead of one per true positive halves the time.
 */
function averagePrecision(
  { truePositives, counted }: Curve,
  length: number,
  numPersons: number,
  recallThresholds: readonly number[],
): number {
  let sum = 0;
  let bestTruePositives = 0;
  let bestCounted = 1;
  let last = length - 1;
  for (let next = recallThresholds.length - 1; next >= 0; next--) {
    const needed = personsForRecall(recallThresholds[next] as number, numPersons);
    for (; last >= 0 && (truePositives[last] as number) >= needed; last--) {
      if ((truePositives[last] as number) * bestCounted <= bestTruePositives * (counted[last] as number))
        continue;
      bestTruePositives = truePositives[last] as number;
      bestCounted = counted[last] as number;
    }
    sum += bestTruePositives / (bestCounted + Number.EPSILON);
  }
  return sum / recallThresholds.length;
}

/** The smallest number of persons for which `number / numPersons`, as rounded, reaches the recall. */
export function personsForRecall(recall: number, numPersons: number): number {
  let needed = Math.ceil(recall * numPersons);
  while (needed > 0 && (needed - 1) / numPersons >= recall) needed -= 1;
  while (needed / numPersons < recall) needed += 1;
  return needed;
}

/** Mean of the values that are not -1, COCO's mark for "no person counts"; -1 if none is. */
export function meanOfValid(values: Iterable<number>): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === -1) continue;
    sum += value;
    count++;
  }
  return count === 0 ? -1 : sum / count;
}

/** Summary lines as a function of the image weights; -1 where no person counts. */
type WeightedLines = (weights: ImageWeights) => number[];

/** Matches each area range once; the function it returns accumulates again for every set of weights. */
export function weightedLines(
  cells: readonly ScoredCell[],
  params: EvalParams,
  lines: readonly SummaryLine[] = COCO_LINES,
): WeightedLines {
  const ranges = params.areaRanges.map(({ label, ...bounds }) => ({
    label,
    categories: collectOutcomes(cells, params, { label, ...bounds }).map((outcomes) =>
      weightedAp(outcomes, params.recallThresholds),
    ),
  }));
  return (weights) => {
    const scored = ranges.map(({ label, categories }) => ({
      label,
      scores: categories.map((score) => score(weights)),
    }));
    return lines.map((line) => {
      const inRange = scored.filter(({ label }) => label === line.area).flatMap(({ scores }) => scores);
      return meanOfValid(inRange.flatMap((scores) => valuesOf(scores, line, params.oksThresholds)));
    });
  };
}

function valuesOf(
  scores: ThresholdScores,
  { of, threshold }: SummaryLine,
  thresholds: readonly number[],
): number[] {
  return Array.from(scores[of]).filter(
    (_, index) => threshold === undefined || thresholds[index] === threshold,
  );
}

/** AP as the mean over the OKS thresholds, and at each of them; -1 where no person counts. */
export interface PrecisionScores {
  readonly mean: number;
  readonly byThreshold: readonly number[];
}

/** Precision of outcomes (one entry a category) with every image counted once. */
export function summarisePrecision(
  outcomes: readonly RankedOutcomes[],
  { oksThresholds, recallThresholds }: EvalParams,
): PrecisionScores {
  const scored = outcomes.map((category) =>
    weightedAp(category, recallThresholds)(new Uint8Array(category.persons.length).fill(1)),
  );
  const byThreshold = oksThresholds.map((_, threshold) =>
    meanOfValid(scored.map(({ precision }) => precision[threshold] as number)),
  );
  return { mean: meanOfValid(byThreshold), byThreshold };
}

/** Precision over persons of any area. */
export function precisionScores(cells: readonly ScoredCell[], params: EvalParams): PrecisionScores {
  return summarisePrecision(collectOutcomes(cells, params, EVERY_AREA), params);
}
