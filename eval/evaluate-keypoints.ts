import { type AccumulatedEvaluation, accumulate } from "./accumulate.ts";
import { addToCell, CellIndex, countPersons, groupTruth, keypointsFault, type TruthCell } from "./cells.ts";
import type { KeypointResult, KeypointTruth } from "./keypoint-data.ts";
import { bestDetections, CellScorer, OutcomeStore } from "./match.ts";
import { type EvalParams, resolveParams } from "./params.ts";
import { cocoStats } from "./summary.ts";

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
 * Scores results image by image, as a training run makes them; of each detection only its outcomes are kept.
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
  readonly #truths: ReadonlyMap<number, TruthCell>;
  /** [K, A] */
  readonly #personCounts: Uint32Array;
  readonly #stores: readonly OutcomeStore[];
  readonly #scorer: CellScorer;
  readonly #scored = new Set<number>();
  /** Whether all results have the area of their box; undefined before the first one, or where each decides alone. */
  #allFromBox: boolean | undefined;
  #numAdded = 0;

  /** @throws {RangeError} If a parameter is out of its bounds, or a person's keypoints do not fit the sigmas. */
  constructor(truth: KeypointTruth, params: Partial<EvalParams> = {}) {
    this.params = resolveParams(truth, params);
    this.#knownImages = new Set(truth.imageIds);
    this.#index = new CellIndex(this.params);
    this.#truths = groupTruth(truth, this.params, this.#index);
    this.#personCounts = countPersons(this.#truths, this.params, this.#index);
    const outcomesEach = this.params.areaRanges.length * this.params.oksThresholds.length;
    this.#stores = Array.from({ length: this.#index.numCategories }, () => new OutcomeStore(outcomesEach));
    this.#scorer = new CellScorer(this.params);
  }

  /**
   * Adds all results of the images they belong to; images may come in any order.
   *
   * @throws {RangeError} If a result names an image that the ground truth does not list, has the wrong number of
   * keypoints or a score that is no number, or belongs to an image of an earlier call.
   */
  add(results: readonly KeypointResult[]): void {
    const allFromBox = this.#allFromBox ?? this.#boxOf(results[0]);
    const groups = new Map<number, KeypointResult[]>();
    for (let i = 0; i < results.length; i += 1) {
      const result = results[i] as KeypointResult;
      const cell = this.#index.cellOf(result);
      const fault = this.#faultOf(result, cell, allFromBox);
      if (fault) {
        throw new RangeError(`results[${this.#numAdded + i}] (image ${result.imageId}): expected ${fault}`);
      }
      if (cell >= 0) addToCell(groups, cell, result);
    }
    this.#allFromBox = allFromBox;
    this.#numAdded += results.length;
    for (const [cell, group] of groups) this.#addCell(cell, group);
  }

  /** Precision and recall of everything added so far; images without results count as empty. */
  evaluation(): KeypointEvaluation {
    const { params } = this;
    const accumulated = accumulate(this.#stores, this.#personCounts, params);
    const counts = accumulated.precision.shape as unknown as KeypointEvaluation["counts"];
    return { ...accumulated, params, counts, stats: cocoStats({ ...accumulated, params }) };
  }

  /** Whether the first of all results has a box, where that decides for all. */
  #boxOf(first: KeypointResult | undefined): boolean | undefined {
    return first && this.params.quirks.includes("first-box") ? first.box !== undefined : undefined;
  }

  /** What is wrong with a result, if anything. */
  #faultOf(result: KeypointResult, cell: number, allFromBox: boolean | undefined): string | undefined {
    if (!this.#knownImages.has(result.imageId)) return "an image of the ground truth";
    if (Number.isNaN(result.score)) return "a number as score, got NaN";
    if (allFromBox && !result.box) return "a box, as the first result has one";
    if (cell < 0) return undefined;
    if (this.#scored.has(cell)) return "all results of the image in one call, got some in an earlier one";
    return keypointsFault(result.keypoints, this.params.sigmas.length);
  }

  #addCell(cell: number, results: readonly KeypointResult[]): void {
    this.#scored.add(cell);
    const detections = bestDetections(results, this.params);
    const store = this.#stores[this.#index.categoryOf(cell)] as OutcomeStore;
    const scores = detections.map(({ score }) => score);
    const outcomes = store.append(cell, scores);
    this.#scorer.score(this.#truths.get(cell), detections, this.#allFromBox ?? true, outcomes);
  }
}
