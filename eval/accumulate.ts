import { firstHitAtRecall, precisionEnvelope, type RankedDetections, traceHits } from "./hit-curve.ts";
import type { OutcomeStore } from "./outcome-store.ts";
import type { EvalParams } from "./params.ts";
import { rankByScore } from "./rank-by-score.ts";

/** Numbers in row-major order: the last axis is the fastest. */
export interface NumberArray {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** Axes: T OKS thresholds, R recall thresholds, K categories, A area ranges, M detection limits. */
export interface AccumulatedEvaluation {
  /** [T, R, K, A, M] Precision at each recall; 0 where that recall is not reached, -1 where no person counts. */
  readonly precision: NumberArray;
  /** [T, K, A, M] The highest recall reached, or -1. */
  readonly recall: NumberArray;
  /** [T, R, K, A, M] The score of the detection that reaches each recall, 0, or -1. */
  readonly scores: NumberArray;
}

/**
 * Precision and recall over all images.
 *
 * @param stores [K] The detections of each category.
 * @param personCounts [K, A] How many persons count.
 *
 * Source: pycocotools 2.0.11, `COCOeval.accumulate`.
 */
export function accumulate(
  stores: readonly OutcomeStore[],
  personCounts: Uint32Array,
  params: EvalParams,
): AccumulatedEvaluation {
  const T = params.oksThresholds.length;
  const R = params.recallThresholds.length;
  const K = stores.length;
  const A = params.areaRanges.length;
  const M = params.maxDetections.length;
  const precision = unknown([T, R, K, A, M]);
  const recall = unknown([T, K, A, M]);
  const scores = unknown([T, R, K, A, M]);

  for (const [k, store] of stores.entries()) {
    for (const [m, limit] of params.maxDetections.entries()) {
      const ranked = rankDetections(store, limit);
      const maxHits = Uint32Array.from(
        { length: A * T },
        (_, i) => personCounts[k * A + Math.floor(i / T)] as number,
      );
      for (const [i, curve] of traceHits(store, ranked, maxHits).entries()) {
        const [a, t] = [Math.floor(i / T), i % T];
        const numPersons = maxHits[i] as number;
        if (numPersons === 0) continue;
        const numHits = curve.scores.length;
        recall.data[((t * K + k) * A + a) * M + m] = numHits / numPersons;
        const envelope = precisionEnvelope(curve);
        for (const [r, threshold] of params.recallThresholds.entries()) {
          const place = (((t * R + r) * K + k) * A + a) * M + m;
          const hit = firstHitAtRecall(threshold, numHits, numPersons);
          precision.data[place] = envelope[hit] ?? 0;
          // Every detection reaches a recall of zero, so there the score is that of the very first.
          scores.data[place] = (threshold > 0 ? curve.scores[hit] : ranked.scores[0]) ?? 0;
        }
      }
    }
  }
  return { precision, recall, scores };
}

function unknown(shape: readonly number[]): NumberArray {
  return { data: new Float64Array(shape.reduce((size, length) => size * length, 1)).fill(-1), shape };
}

function rankDetections(store: OutcomeStore, limit: number): RankedDetections {
  const unranked = store.firstOfEachImage(limit);
  const ranking = rankByScore(gather(store.scores, unranked, new Float64Array(unranked.length)));
  const positions = gather(unranked, ranking, new Uint32Array(ranking.length));
  return { positions, scores: gather(store.scores, positions, new Float64Array(ranking.length)) };
}

/** `values` at `indices`; a plain loop, because `from` walks an iterator. */
function gather<A extends Float64Array | Uint32Array>(values: A, indices: Uint32Array, into: A): A {
  for (let i = 0; i < indices.length; i += 1) into[i] = values[indices[i] as number] as number;
  return into;
}
