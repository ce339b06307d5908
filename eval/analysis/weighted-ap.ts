import { IGNORED, type Outcomes, TRUE_POSITIVE } from "./outcomes.ts";

/** Added to the denominator of a precision, as in COCO's evaluator. */
const SPACING = 2 ** -52;

export interface ThresholdScores {
  /** Of each OKS threshold the average precision over the recall thresholds; -1 without a person to be found. */
  readonly precision: Float64Array;
  /** Of each OKS threshold the recall in the end; -1 without a person to be found. */
  readonly recall: Float64Array;
}

/**
 * Prepares outcomes for being accumulated again and again, each time with another weight per image: as often as a
 * bootstrap drew it, or 0 to leave it out. A weight of n counts as n copies of the image.
 *
 * Matching does not depend on weights, so it is done once; and of a ranking only the true positives and how many
 * detections count before each of them matter. Detections that count at every threshold are summed once for all
 * thresholds; what remains per threshold is about as long as the list of persons.
 *
 * @returns A function of the weights, in the order of the images; it reuses its result.
 */
export function weightedAp(
  outcomes: Outcomes,
  recallThresholds: readonly number[],
): (weights: ArrayLike<number>) => ThresholdScores {
  const { images, fates, persons } = outcomes;
  const counted = Int32Array.from(images.keys()).filter((rank) =>
    fates.every((fate) => fate[rank] !== IGNORED),
  );
  const alwaysCounted = new Uint8Array(images.length);
  for (const rank of counted) alwaysCounted[rank] = 1;
  const events = fates.map((fate) =>
    Int32Array.from(images.keys()).filter(
      (rank) => fate[rank] === TRUE_POSITIVE || (fate[rank] !== IGNORED && alwaysCounted[rank] === 0),
    ),
  );
  const countedBefore = new Float64Array(images.length);
  const longest = Math.max(0, ...events.map(({ length }) => length));
  const recalls = new Float64Array(longest);
  const precisions = new Float64Array(longest);
  const result = { precision: new Float64Array(fates.length), recall: new Float64Array(fates.length) };

  function countAll(weights: ArrayLike<number>): void {
    let total = 0;
    for (let rank = 0; rank < images.length; rank++) {
      if (alwaysCounted[rank] === 1) total += weights[images[rank] as number] as number;
      countedBefore[rank] = total;
    }
  }

  function accumulate(threshold: number, weights: ArrayLike<number>, numPersons: number): void {
    const fate = fates[threshold] as Uint8Array;
    let sometimes = 0;
    let found = 0;
    let length = 0;
    for (const rank of events[threshold] as Int32Array) {
      const weight = weights[images[rank] as number] as number;
      if (weight === 0) continue;
      if (alwaysCounted[rank] === 0) sometimes += weight;
      if (fate[rank] !== TRUE_POSITIVE) continue;
      found += weight;
      const wrong = (countedBefore[rank] as number) + sometimes - found;
      recalls[length] = found / numPersons;
      precisions[length++] = found / (wrong + found + SPACING);
    }
    result.recall[threshold] = found / numPersons;
    result.precision[threshold] = averagePrecision(recalls, precisions, length, recallThresholds);
  }

  return (weights) => {
    let numPersons = 0;
    for (let image = 0; image < persons.length; image++) {
      numPersons += (persons[image] as number) * (weights[image] as number);
    }
    if (numPersons === 0) {
      result.precision.fill(-1);
      result.recall.fill(-1);
      return result;
    }
    countAll(weights);
    for (let threshold = 0; threshold < fates.length; threshold++) accumulate(threshold, weights, numPersons);
    return result;
  };
}

/** Mean over the recall thresholds of the best precision at that recall or beyond, 0 past the end. */
function averagePrecision(
  recalls: Float64Array,
  precisions: Float64Array,
  length: number,
  recallThresholds: readonly number[],
): number {
  let sum = 0;
  let best = 0;
  let next = recallThresholds.length - 1;
  while (next >= 0 && (length === 0 || (recallThresholds[next] as number) > (recalls[length - 1] as number)))
    next--;
  for (let index = length - 1; index >= 0 && next >= 0; index--) {
    best = Math.max(best, precisions[index] as number);
    const before = index === 0 ? Number.NEGATIVE_INFINITY : (recalls[index - 1] as number);
    while (next >= 0 && (recallThresholds[next] as number) > before) {
      sum += best;
      next--;
    }
  }
  return sum / recallThresholds.length;
}
