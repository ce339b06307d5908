import { workerData } from "node:worker_threads";
import sharp from "sharp";
import { BatchMemory, type RowLengths } from "./batch.ts";
import { createRowFiller, type RenderSettings, type RowJob, type RowResult } from "./sample-row.ts";

/** What a thread is started with. */
export interface RowWorkerData {
  readonly settings: RenderSettings;
  readonly rows: number;
  readonly lengths: RowLengths;
  /** Memory of the batches in work. */
  readonly buffers: readonly SharedArrayBuffer[];
}

/** Rows of one batch for one thread. */
export interface RowChunk {
  /** Which batch's memory. */
  readonly slot: number;
  readonly jobs: readonly RowJob[];
}

// One thread each is what the number of workers means; libvips' own cache never sees a picture twice.
sharp.concurrency(1);
sharp.cache(false);

// Piscina hands its own data over with ours.
const { settings, rows, lengths, buffers } = workerData as RowWorkerData;
const fill = createRowFiller(settings);
const memories = buffers.map((buffer) => new BatchMemory(rows, lengths, buffer));

let before: Promise<unknown> = Promise.resolve();

/** Does chunks in the order they come: the batch that is needed first is not held up by those after it. */
export default function fillChunk(chunk: RowChunk): Promise<RowResult[]> {
  const result = before.then(() => fillRows(chunk));
  before = result.catch(() => {});
  return result;
}

async function fillRows({ slot, jobs }: RowChunk): Promise<RowResult[]> {
  const memory = memories[slot] as BatchMemory;
  const results: RowResult[] = [];
  for (const job of jobs) results.push(await fill(job, memory.row(job.row)));
  return results;
}
