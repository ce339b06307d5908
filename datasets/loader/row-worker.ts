import { workerData } from "node:worker_threads";
import sharp from "sharp";
import { BatchMemory, type RowLengths } from "./batch.ts";
import { createRowFiller, fillRows, type RowJob, type RowResult, type RowSettings } from "./sample-row.ts";

/** What a thread is started with. */
export interface RowWorkerData {
  readonly settings: RowSettings;
  readonly rows: number;
  readonly lengths: RowLengths;
  /** Memory of the batches in progress. */
  readonly buffers: readonly SharedArrayBuffer[];
}

/** Rows of one batch for one thread. */
export interface RowChunk {
  /** Which batch's memory. */
  readonly slot: number;
  readonly jobs: readonly RowJob[];
}

// The number of workers is the number of threads; libvips' own cache would never see a picture twice.
sharp.concurrency(1);
sharp.cache(false);

const { settings, rows, lengths, buffers } = workerData as RowWorkerData; // beside fields of Piscina's own
const fill = createRowFiller(settings);
const memories = buffers.map((buffer) => new BatchMemory(rows, lengths, buffer));

let before: Promise<unknown> = Promise.resolve();

/** Fills chunks in the order they come: the batch that is needed first is not held up by those after it. */
export default function fillChunk({ slot, jobs }: RowChunk): Promise<RowResult[]> {
  const result = before.then(() => fillRows(fill, memories[slot] as BatchMemory, jobs));
  before = result.catch(() => {});
  return result;
}
