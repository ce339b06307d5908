import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import type { BatchMemory, RowLengths } from "./batch.ts";
import type { RowChunk, RowWorkerData } from "./row-worker.ts";
import { createRowFiller, fillRows, type RowJob, type RowResult, type RowSettings } from "./sample-row.ts";

/** What fills the rows of batches. */
export interface RowPool {
  /** Fills rows of a batch's memory; results in the order of the jobs. */
  fill(slot: number, jobs: readonly RowJob[]): Promise<RowResult[]>;
  close(): Promise<void>;
}

/** Fills all rows in the calling thread, one after another. */
export function inlineRows(settings: RowSettings, memories: readonly BatchMemory[]): RowPool {
  const fill = createRowFiller(settings);
  return {
    fill: (slot, jobs) => fillRows(fill, memories[slot] as BatchMemory, jobs),
    async close() {},
  };
}

/**
 * Splits each batch between worker threads, which write into its shared memory.
 *
 * Each thread gets its share of every batch in progress beforehand: training blocks the main thread for a step at a time,
 * and could not hand out rows one by one.
 */
export function workerPool(
  threads: number,
  settings: RowSettings,
  memories: readonly BatchMemory[],
  shape: { readonly rows: number; readonly lengths: RowLengths },
): RowPool {
  const buffers = memories.map(({ buffer }) => buffer);
  const pool = new Piscina<RowChunk, RowResult[]>({
    ...workerModule(),
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: memories.length,
    workerData: { settings, buffers, ...shape } satisfies RowWorkerData,
  });
  return {
    async fill(slot, jobs) {
      const shares = Array.from({ length: Math.min(threads, jobs.length) }, (_, thread) =>
        jobs.filter((_, i) => i % threads === thread),
      );
      const done = await Promise.all(shares.map((share) => pool.run({ slot, jobs: share })));
      return jobs.map((_, i) => done[i % threads]?.[Math.floor(i / threads)] as RowResult);
    },
    close: () => pool.destroy(),
  };
}

/** The worker's file is beside this one: JavaScript when built, TypeScript from sources, which a thread then must load. */
function workerModule(): { filename: string; execArgv?: string[] } {
  const extension = extname(fileURLToPath(import.meta.url));
  const filename = fileURLToPath(new URL(`./row-worker${extension}`, import.meta.url));
  if (extension !== ".ts") return { filename };
  // Node 20 ignores `--import tsx` in threads; calling its registration does work.
  const tsx = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const register = `import { register } from ${tsx}; register();`;
  return { filename, execArgv: ["--import", `data:text/javascript,${encodeURIComponent(register)}`] };
}
