import type { Edges } from "./letterbox.ts";
import { NANODET_BINS, NANODET_CHANNELS } from "./nanodet.ts";

/** A box in the network's input, with its score. */
export interface ScoredEdges extends Edges {
  readonly score: number;
}

/**
 * Turns one output of NanoDet-g into boxes: one for every cell that scores enough.
 *
 * @param answers `[h, w, 45]`, row-major: a score before the sigmoid, then the distributions of left, top, right, bottom.
 * @param width w, cells.
 * @param stride Input pixels a cell.
 * @param minScore 0 to 1.
 * @returns Edges in input pixels; they may lie outside the input.
 *
 * Source: Li et al., NeurIPS 2020 (arXiv 2006.04388), equation 5: a side's distance is its distribution's expectation.
 */
export function decodeNanodet(
  answers: Float32Array,
  width: number,
  stride: number,
  minScore: number,
): ScoredEdges[] {
  const boxes: ScoredEdges[] = [];
  const least = Math.log(minScore / (1 - minScore));
  for (let cell = 0, at = 0; at < answers.length; cell += 1, at += NANODET_CHANNELS) {
    const logit = answers[at] as number;
    if (!(logit >= least)) continue;
    const x = ((cell % width) + 0.5) * stride;
    const y = (Math.floor(cell / width) + 0.5) * stride;
    const distance = (side: number) => expectedBin(answers, at + 1 + side * NANODET_BINS) * stride;
    boxes.push({
      left: x - distance(0),
      top: y - distance(1),
      right: x + distance(2),
      bottom: y + distance(3),
      score: 1 / (1 + Math.exp(-logit)),
    });
  }
  return boxes;
}

/** Expectation of the softmax over the bins from `first` on. */
function expectedBin(answers: Float32Array, first: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let bin = 0; bin < NANODET_BINS; bin += 1) {
    largest = Math.max(largest, answers[first + bin] as number);
  }
  let [total, weighted] = [0, 0];
  for (let bin = 0; bin < NANODET_BINS; bin += 1) {
    const weight = Math.exp((answers[first + bin] as number) - largest);
    total += weight;
    weighted += weight * bin;
  }
  return weighted / total;
}
