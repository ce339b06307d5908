import { type AccumulatedEvaluation, accumulate, OutcomeStore } from "./accumulate.ts";
import {
  addToCell,
  areasFromBoxes,
  bestDetections,
  CellIndex,
  countPersons,
  groupTruth,
  keypointsFault,
  resultAreas,
} from "./cells.ts";
import type { KeypointResult, KeypointTruth, TruthAnnotation } from "./keypoint-data.ts";
import { decideOutcomes } from "./match.ts";
import { oksMatrix, oksVariances } from "./oks.ts";
import { type EvalParams, resolveParams } from "./params.ts";
import { cocoStats } from "./summary.ts";

/** A finished evaluation: the ten numbers, and the arrays they are means of. */
export interface KeypointEvaluation extends AccumulatedEvaluation {
  /** As evaluated: defaults filled in, ids ascending. */
  readonly params: EvalParams;
  /** AP, AP.5, AP.75, AP(M), AP(L), AR, AR.5, AR.75, AR(M), AR(L); -1 where no person counts. */
  readonly stats: readonly number[];
  /** Axis lengths [T, R, K, A, M]. */
  readonly counts: readonly [number, number, number, number, number];
}

/**
 * COCO keypoint evaluation: average precision and recall by object keypoint similarity, as pycocotools 2.0.11
 * computes them. Without parameters every image and category of the ground truth is evaluated.
 *
 * @throws {RangeError} If a parameter is out of its bounds; a result names an unknown image, has no score, or (as the
 * person it is compared with) another number of keypoints than there are sigmas. The message names the record.
 */
export function evaluateKeypoints(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: Partial<EvalParams> = {},
): KeypointEvaluation {
  const evaluator = new KeypointEvaluator(truth, params);
  evaluator.add(results);
  return evaluator.evaluation();
}

/**
 * Evaluates results image by image, as a training run makes them; of each detection only its outcomes are kept.
 *
 * ```ts
 * const evaluator = new KeypointEvaluator(truth);
 * for (const batch of batches) evaluator.add(await detect(batch));
 * console.log(summaryLines(evaluator.evaluation()).join("\n"));
 * ```
 */
export class KeypointEvaluator {
  readonly params: EvalParams;
  readonly #knownImages: ReadonlySet<number>;
  readonly #index: CellIndex;
  readonly #truthCells: ReadonlyMap<number, readonly TruthAnnotation[]>;
  /** [K, A] */
  readonly #personCounts: Uint32Array;
  readonly #stores: readonly OutcomeStore[];
  readonly #evaluatedCells = new Set<number>();
  readonly #firstBoxDecides: boolean;
  /** Whether results have the area of their box; unknown before the first result. */
  #fromBox: boolean | undefined;
  #numAdded = 0;
  readonly #variances: Float64Array;
  readonly #lowestThreshold: number;
  // Cell after cell uses the same memory, which leaves nothing to collect.
  #areas = new Float64Array(0);
  #oks = new Float64Array(0);
  #matches = new Int32Array(0);

  /** @throws {RangeError} If a parameter is out of its bounds, or a person's keypoints do not fit the sigmas. */
  constructor(truth: KeypointTruth, params: Partial<EvalParams> = {}) {
    this.params = resolveParams(truth, params);
    const { areaRanges, oksThresholds, sigmas, quirks } = this.params;
    this.#knownImages = new Set(truth.imageIds);
    this.#index = new CellIndex(this.params);
    this.#truthCells = groupTruth(truth, this.params, this.#index);
    this.#personCounts = personCounts(this.#truthCells, this.params, this.#index);
    const outcomesEach = areaRanges.length * oksThresholds.length;
    this.#stores = Array.from({ length: this.#index.numCategories }, () => new OutcomeStore(outcomesEach));
    this.#firstBoxDecides = quirks.includes("first-box");
    this.#variances = oksVariances(sigmas);
    this.#lowestThreshold = Math.min(...oksThresholds);
  }

  /**
   * Adds all results of the images they belong to; images may come in any order.
   *
   * @throws {RangeError} If a result names an image that the ground truth does not list, has the wrong number of
   * keypoints or a score that is no number, or belongs to an image of an earlier call.
   */
  add(results: readonly KeypointResult[]): void {
    if (results.length === 0) return;
    const fromBox = this.#fromBox ?? areasFromBoxes(results[0], this.params);
    const groups = new Map<number, KeypointResult[]>();
    for (let i = 0; i < results.length; i += 1) {
      const result = results[i] as KeypointResult;
      const cell = this.#index.cellOf(result);
      const fault = this.#faultOf(result, cell, fromBox);
      if (fault) {
        throw new RangeError(`results[${this.#numAdded + i}] (image ${result.imageId}): expected ${fault}`);
      }
      if (cell >= 0) addToCell(groups, cell, result);
    }
    this.#fromBox = fromBox;
    this.#numAdded += results.length;
    for (const [cell, group] of groups) this.#addCell(cell, group, fromBox);
  }

  /** Precision and recall of everything added so far; images without results count as empty. */
  evaluation(): KeypointEvaluation {
    const { params } = this;
    const accumulated = accumulate(this.#stores, this.#personCounts, params);
    const counts = accumulated.precision.shape as unknown as KeypointEvaluation["counts"];
    return { ...accumulated, params, counts, stats: cocoStats({ ...accumulated, params }) };
  }

  /** What is wrong with a result, if anything. */
  #faultOf(result: KeypointResult, cell: number, fromBox: boolean): string | undefined {
    if (!this.#knownImages.has(result.imageId)) return "an image of the ground truth";
    if (Number.isNaN(result.score)) return "a number as score, got NaN";
    if (this.#firstBoxDecides && fromBox && !result.box) return "a box, as the first result has one";
    if (cell < 0) return undefined;
    if (this.#evaluatedCells.has(cell)) {
      return "all results of the image in one call, got some in an earlier one";
    }
    return keypointsFault(result.keypoints, this.params.sigmas.length);
  }

  #addCell(cell: number, results: readonly KeypointResult[], fromBox: boolean): void {
    this.#evaluatedCells.add(cell);
    const detections = bestDetections(results, this.params);
    const store = this.#stores[this.#index.categoryOf(cell)] as OutcomeStore;
    const outcomes = store.append(
      cell,
      detections.map(({ score }) => score),
    );
    const persons = this.#truthCells.get(cell) ?? [];
    this.#reserve(detections.length, persons.length);
    if (persons.length > 0) this.#fillOks(persons, detections);
    const areas = resultAreas(detections, fromBox, this.#areas.subarray(0, detections.length));
    decideOutcomes({ persons, areas, oks: this.#oks }, this.params, outcomes, this.#matches);
  }

  /** Pairs below every threshold match nothing, so most of their OKS need not be computed. */
  #fillOks(persons: readonly TruthAnnotation[], detections: readonly KeypointResult[]): void {
    const keypoints = detections.map((detection) => detection.keypoints);
    oksMatrix(persons, keypoints, this.#variances, true, this.#lowestThreshold, this.#oks);
  }

  #reserve(numDetections: number, numPersons: number): void {
    if (this.#areas.length < numDetections) this.#areas = new Float64Array(2 * numDetections);
    const numPairs = numDetections * numPersons;
    if (this.#oks.length < numPairs) this.#oks = new Float64Array(2 * numPairs);
    const numMatches = this.params.oksThresholds.length * numDetections;
    if (this.#matches.length < numMatches) this.#matches = new Int32Array(2 * numMatches);
  }
}

/** How many persons count. Returns [K, A]. */
function personCounts(
  cells: ReadonlyMap<number, readonly TruthAnnotation[]>,
  { areaRanges }: EvalParams,
  index: CellIndex,
): Uint32Array {
  const counts = new Uint32Array(index.numCategories * areaRanges.length);
  for (const [cell, persons] of cells) {
    const first = index.categoryOf(cell) * areaRanges.length;
    for (const [a, range] of areaRanges.entries()) {
      (counts[first + a] as number) += countPersons(persons, range);
    }
  }
  return counts;
}
