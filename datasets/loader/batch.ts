import type { Box, CropGeometry } from "../crop/crop-geometry.ts";

/**
 * The samples of one step. The arrays belong to the loader and are overwritten when the next batch is asked for: copy
 * what is needed longer.
 */
export interface Batch {
  /** Which step of its epoch this is, from 0. */
  readonly step: number;
  /** Number of samples, B. */
  readonly size: number;
  /** [B, H, W, 3], normalised. */
  readonly images: Float32Array;
  /** [B, h, w, K]; empty when the loader makes no targets. */
  readonly heatmaps: Float32Array;
  /** [B, K]; empty when the loader makes no targets. */
  readonly weights: Float32Array;
  /** The region of each image: maps heatmap cells and crop pixels back to it. */
  readonly crops: readonly CropGeometry[];
  readonly imageIds: readonly number[];
  readonly annotationIds: readonly number[];
  readonly boxes: readonly Box[];
  /** Milliseconds that the caller waited for the batch. */
  readonly waitedMs: number;
}

/** Where one sample of a batch goes. */
export interface SampleRow {
  /** [H, W, 3]. */
  readonly image: Float32Array;
  /** [h, w, K], or empty when no targets are wanted. */
  readonly heatmaps: Float32Array;
  /** [K], or empty. */
  readonly weights: Float32Array;
}

/** Numbers in each array of a batch, per sample. */
export interface RowLengths {
  readonly image: number;
  readonly heatmaps: number;
  readonly weights: number;
}

/** Memory of one batch that every thread sees: images, then heatmaps, then weights. */
export class BatchMemory {
  readonly buffer: SharedArrayBuffer;
  readonly #images: Float32Array;
  readonly #heatmaps: Float32Array;
  readonly #weights: Float32Array;
  readonly #lengths: RowLengths;

  /** @param buffer The memory, if another thread has made it. */
  constructor(rows: number, lengths: RowLengths, buffer?: SharedArrayBuffer) {
    const { image, heatmaps, weights } = lengths;
    this.#lengths = lengths;
    this.buffer = buffer ?? new SharedArrayBuffer(4 * rows * (image + heatmaps + weights));
    this.#images = new Float32Array(this.buffer, 0, rows * image);
    this.#heatmaps = new Float32Array(this.buffer, 4 * rows * image, rows * heatmaps);
    this.#weights = new Float32Array(this.buffer, 4 * rows * (image + heatmaps), rows * weights);
  }

  /** The arrays of the first `size` samples. */
  head(size: number): { images: Float32Array; heatmaps: Float32Array; weights: Float32Array } {
    const { image, heatmaps, weights } = this.#span(0, size);
    return { images: image, heatmaps, weights };
  }

  row(index: number): SampleRow {
    return this.#span(index, index + 1);
  }

  /** Copies a row over another. */
  copyRow(from: number, to: number): void {
    const source = this.row(from);
    const target = this.row(to);
    target.image.set(source.image);
    target.heatmaps.set(source.heatmaps);
    target.weights.set(source.weights);
  }

  #span(first: number, end: number): SampleRow {
    const part = (array: Float32Array, length: number) => array.subarray(first * length, end * length);
    return {
      image: part(this.#images, this.#lengths.image),
      heatmaps: part(this.#heatmaps, this.#lengths.heatmaps),
      weights: part(this.#weights, this.#lengths.weights),
    };
  }
}
