import type { SampleRow } from "./sample-renderer.ts";

/** Numbers in each array of a batch, per sample. */
export interface RowLengths {
  readonly image: number;
  readonly heatmaps: number;
  readonly weights: number;
}

/** Memory of one batch that every thread sees: images, then heatmaps, then weights. */
export class BatchMemory {
  readonly buffer: SharedArrayBuffer;
  readonly #rows: number;
  readonly #lengths: RowLengths;

  constructor(
    rows: number,
    lengths: RowLengths,
    buffer = new SharedArrayBuffer(4 * rows * (lengths.image + lengths.heatmaps + lengths.weights)),
  ) {
    this.#rows = rows;
    this.#lengths = lengths;
    this.buffer = buffer;
  }

  /** The arrays of the first `size` samples. */
  head(size: number): { images: Float32Array; heatmaps: Float32Array; weights: Float32Array } {
    const { image, heatmaps, weights } = this.#span(0, size);
    return { images: image, heatmaps, weights };
  }

  row(index: number): SampleRow {
    return this.#span(index, 1);
  }

  #span(first: number, count: number): SampleRow {
    const { image, heatmaps, weights } = this.#lengths;
    const part = (start: number, length: number) =>
      new Float32Array(this.buffer, 4 * (start * this.#rows + first * length), count * length);
    return {
      image: part(0, image),
      heatmaps: part(image, heatmaps),
      weights: part(image + heatmaps, weights),
    };
  }
}
