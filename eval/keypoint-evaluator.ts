import { type AccumulatedEvaluation, accumulate } from "./accumulate.ts";
import { addToCell, CellIndex } from "./cell-index.ts";
import type { KeypointResult, KeypointTruth } from "./keypoint-data.ts";
import { keypointsFault } from "./keypoints-fault.ts";
import { oksVariances } from "./oks.ts";
import { OutcomeStore } from "./outcome-store.ts";
import { type EvalParams, resolveParams } from "./params.ts";
import { bestDetections, scoreCell } from "./score-cell.ts";
import { cocoStats } from "./summary.ts";
import { groupTruth, type TruthCell } from "./truth-cells.ts";

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
  readonly #stores: readonly OutcomeStore[];
  readonly #variances: Float64Array;
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
    const outcomesEach = this.params.areaRanges.length * this.params.oksThresholds.length;
    this.#stores = Array.from({ length: this.#index.numCategories }, () => new OutcomeStore(outcomesEach));
    this.#variances = oksVariances(this.params.sigmas);
  }

  /**
   * Adds all results of the images they belong to; images may come in any order.
   *
   * @throws {RangeError} If a result names an image that the ground truth does not list, has the wrong number of
   * keypoints or a score that is no number, or belongs to an image of an earlier call.
   */
  add(results: readonly KeypointResult[]): void {
    const groups = new Map<number, KeypointResult[]>();
    for (const [i, result] of results.entries()) {
      const cell = this.#index.cellOf(result);
      const fault = this.#faultOf(result, cell >= 0);
      if (fault)
        throw new RangeError(`results[${this.#numAdded + i}] (image ${result.imageId}): expected ${fault}`);
      if (cell >= 0) addToCell(groups, cell, result);
    }
    this.#numAdded += results.length;
    for (const [cell, group] of groups) this.#addCell(cell, group);
  }

  /** Precision and recall of everything added so far; images without results count as empty. */
  evaluation(): KeypointEvaluation {
    const { params } = this;
    const accumulated = accumulate(this.#stores, this.#personCounts(), params);
    const counts = accumulated.precision.shape as unknown as KeypointEvaluation["counts"];
    return { ...accumulated, params, counts, stats: cocoStats({ ...accumulated, params }) };
  }

  /** What is wrong with a result, if anything. */
  #faultOf({ imageId, score, box, keypoints }: KeypointResult, isEvaluated: boolean): string | undefined {
    if (!this.#knownImages.has(imageId)) return "an image of the ground truth";
    if (Number.isNaN(score)) return "a number as score, got NaN";
    if (this.params.quirks.includes("first-box")) this.#allFromBox ??= box !== undefined;
    if (this.#allFromBox && !box) return "a box, as the first result has one";
    return isEvaluated ? keypointsFault(keypoints, this.params.sigmas.length) : undefined;
  }

  #addCell(cell: number, results: readonly KeypointResult[]): void {
    if (this.#scored.has(cell)) {
      throw new RangeError(
        `KeypointEvaluator.add: expected all results of image ${results[0]?.imageId} in one call`,
      );
    }
    this.#scored.add(cell);
    const detections = bestDetections(results, this.params);
    const store = this.#stores[this.#index.categoryOf(cell)] as OutcomeStore;
    const outcomes = store.append(
      cell,
      detections.map(({ score }) => score),
    );
    const fromBox = this.#allFromBox ?? true;
    scoreCell(this.#truths.get(cell), detections, this.params, this.#variances, fromBox, outcomes);
  }

  /** [K, A] */
  #personCounts(): Uint32Array {
    const numRanges = this.params.areaRanges.length;
    const counts = new Uint32Array(this.#stores.length * numRanges);
    for (const [cell, { ignored }] of this.#truths) {
      const first = this.#index.categoryOf(cell) * numRanges;
      for (const [a, flags] of ignored.entries()) {
        for (const flag of flags) if (flag === 0) (counts[first + a] as number) += 1;
      }
    }
    return counts;
  }
}
