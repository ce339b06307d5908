import type { KeypointResult, KeypointTruth } from "../keypoint-data.ts";
import { type EvalParams, resolveParams } from "../params.ts";
import { COCO_LINES, type SummaryLine } from "../summary.ts";
import { imageCosts } from "./image-costs.ts";
import { type ScoredCell, scoreCells } from "./outcomes.ts";
import { type ImageWeights, weightedLines } from "./weighted-ap.ts";

export interface CompareOptions {
  /** How many times the images are drawn. @default 1000 */
  readonly resamples: number;
  /** Share of the resamples that an interval holds. @default 0.95 */
  readonly confidence: number;
  /** @default 0 */
  readonly seed: number;
  /** What is compared. @default COCO's ten lines */
  readonly lines: readonly SummaryLine[];
}

export interface LineComparison {
  readonly name: string;
  /** -1 where no person counts; then there is no difference either. */
  readonly first: number;
  readonly second: number;
  readonly difference?: Difference;
}

export interface Difference {
  /** second - first. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Share of the resamples in which the second is no better: near 0 where it is clearly better, near 1 where worse. */
  readonly notBetter: number;
}

interface ImageGain {
  readonly imageId: number;
  /** What the image adds to the difference in AP: positive where the second does better on it. */
  readonly gain: number;
}

export interface ResultsComparison {
  readonly options: CompareOptions;
  readonly params: EvalParams;
  readonly lines: readonly LineComparison[];
  /** Largest gains and losses first. */
  readonly images: readonly ImageGain[];
}

const DEFAULTS: CompareOptions = { resamples: 1000, confidence: 0.95, seed: 0, lines: COCO_LINES };

/**
 * Compares two results for the same ground truth by a paired bootstrap: both are scored on the same images, drawn with
 * replacement many times. What makes an image hard moves both alike and cancels in their difference, which can therefore
 * be certain where neither number is.
 *
 * @throws {RangeError} If an option is out of its bounds.
 */
export function compareResults(
  truth: KeypointTruth,
  first: readonly KeypointResult[],
  second: readonly KeypointResult[],
  params: Partial<EvalParams> = {},
  options: Partial<CompareOptions> = {},
): ResultsComparison {
  const given = { ...DEFAULTS, ...options };
  requireBounds(given);
  const resolved = resolveParams(truth, params);
  const firstCells = scoreCells(truth, first, resolved);
  const secondCells = scoreCells(truth, second, resolved);
  return {
    options: given,
    params: resolved,
    lines: compareLines(firstCells, secondCells, resolved, given),
    images: imageGains(firstCells, secondCells, resolved),
  };
}

function compareLines(
  firstCells: readonly ScoredCell[],
  secondCells: readonly ScoredCell[],
  params: EvalParams,
  { resamples, confidence, seed, lines }: CompareOptions,
): LineComparison[] {
  const numImages = params.imageIds.length;
  const linesOfFirst = weightedLines(firstCells, params, lines);
  const linesOfSecond = weightedLines(secondCells, params, lines);
  const differences = (weights: ImageWeights): number[] => {
    const second = linesOfSecond(weights);
    return linesOfFirst(weights).map((value, line) => difference(value, second[line] ?? -1));
  };
  const drawn = bootstrapImages(numImages, resamples, seed, differences);
  const once = new Uint8Array(numImages).fill(1);
  const [ofFirst, ofSecond, value] = [linesOfFirst(once), linesOfSecond(once), differences(once)];
  return lines.map(({ name }, line) => {
    const scores = { name, first: ofFirst[line] as number, second: ofSecond[line] as number };
    if (Number.isNaN(value[line])) return scores;
    const sorted = drawn
      .map((row) => row[line] as number)
      .filter((drawnValue) => !Number.isNaN(drawnValue))
      .sort((a, b) => a - b);
    const tail = (1 - confidence) / 2;
    return {
      ...scores,
      difference: {
        value: value[line] as number,
        low: quantile(sorted, tail),
        high: quantile(sorted, 1 - tail),
        notBetter: sorted.filter((drawnValue) => drawnValue <= 0).length / sorted.length,
      },
    };
  });
}

/** NaN where a draw holds no person that counts. */
function difference(first: number, second: number): number {
  return first === -1 || second === -1 ? Number.NaN : second - first;
}

/** What the difference loses with an image is what the image adds to it. */
function imageGains(
  firstCells: readonly ScoredCell[],
  secondCells: readonly ScoredCell[],
  params: EvalParams,
): ImageGain[] {
  const costs = [firstCells, secondCells].map(
    (cells) => new Map(imageCosts(cells, params).map(({ imageId, cost }) => [imageId, cost])),
  );
  const imageIds = new Set(costs.flatMap((ofImages) => [...ofImages.keys()]));
  return [...imageIds]
    .map((imageId) => {
      const [first = 0, second = 0] = costs.map((ofImages) => ofImages.get(imageId) ?? 0);
      return { imageId, gain: first - second };
    })
    .sort((a, b) => Math.abs(b.gain) - Math.abs(a.gain) || a.imageId - b.imageId);
}

function requireBounds({ resamples, confidence, seed }: CompareOptions): void {
  if (!(Number.isInteger(resamples) && resamples >= 1)) {
    throw new RangeError(`resamples: expected a whole number of at least 1, got ${resamples}`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`confidence: expected a share between 0 and 1, got ${confidence}`);
  }
  if (!Number.isInteger(seed)) throw new RangeError(`seed: expected a whole number, got ${seed}`);
}

/**
 * Draws as many images as there are, with replacement, `resamples` times, and measures each draw.
 *
 * @param measure Measures something under image weights, in an array of its own.
 * @returns One measurement a draw; the same seed gives the same ones.
 *
 * Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993.
 */
export function bootstrapImages(
  numImages: number,
  resamples: number,
  seed: number,
  measure: (weights: ImageWeights) => number[],
): number[][] {
  const random = splitMix32(seed);
  const weights = new Int32Array(numImages);
  return Array.from({ length: resamples }, () => {
    weights.fill(0);
    for (let draw = 0; draw < numImages; draw++) (weights[Math.floor(random() * numImages)] as number) += 1;
    return measure(weights);
  });
}

/** The value below which a share of ascending values lies, linear between the two nearest; NaN of none. */
export function quantile(ascending: readonly number[], share: number): number {
  const position = share * (ascending.length - 1);
  const below = ascending[Math.floor(position)] ?? Number.NaN;
  const above = ascending[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/**
 * A repeatable stream of uniform numbers in [0, 1): SplitMix32.
 *
 * Source: Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, its 32-bit form.
 */
export function splitMix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
