/** What became of a detection at one threshold, in one area range. */
export const FALSE_POSITIVE = 0;
export const TRUE_POSITIVE = 1;
export const IGNORED = 2;

interface Chunk {
  readonly cell: number;
  readonly start: number;
  readonly count: number;
}

/**
 * The detections of one category, in the order their images were scored: score, rank within the image, and the
 * outcomes [A, T] of each. It grows; nothing of a detection but these numbers is kept.
 */
export class OutcomeStore {
  readonly outcomesEach: number;
  #scores = new Float64Array(256);
  #outcomes: Uint8Array;
  #chunks: Chunk[] = [];
  #size = 0;

  constructor(outcomesEach: number) {
    this.outcomesEach = outcomesEach;
    this.#outcomes = new Uint8Array(256 * outcomesEach);
  }

  /** Makes room for the detections of one cell, best first; returns their outcomes [D, A, T], all false positives yet. */
  append(cell: number, scores: readonly number[]): Uint8Array {
    const start = this.#size;
    this.#size += scores.length;
    if (this.#size > this.#scores.length) this.#grow();
    this.#scores.set(scores, start);
    this.#chunks.push({ cell, start, count: scores.length });
    return this.#outcomes.subarray(start * this.outcomesEach, this.#size * this.outcomesEach);
  }

  get scores(): Float64Array {
    return this.#scores;
  }

  get outcomes(): Uint8Array {
    return this.#outcomes;
  }

  /** Positions of those among the first `limit` of their image: images ascending, best first within each. */
  firstOfEachImage(limit: number): Uint32Array {
    const chunks = this.#chunks.toSorted((a, b) => a.cell - b.cell);
    const positions = new Uint32Array(this.#size);
    let next = 0;
    for (const { start, count } of chunks) {
      for (let rank = 0; rank < count && rank < limit; rank += 1) positions[next++] = start + rank;
    }
    return positions.subarray(0, next);
  }

  #grow(): void {
    const capacity = Math.max(this.#size, 2 * this.#scores.length);
    const scores = new Float64Array(capacity);
    scores.set(this.#scores);
    this.#scores = scores;
    const outcomes = new Uint8Array(capacity * this.outcomesEach);
    outcomes.set(this.#outcomes);
    this.#outcomes = outcomes;
  }
}
