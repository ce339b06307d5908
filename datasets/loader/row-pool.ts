import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import type { BatchMemory, RowLengths } from "./batch.ts";
import type { RowChunk, RowWorkerData } from "./row-worker.ts";
import { createRowFiller, type RenderSettings, type RowJob, type RowResult } from "./sample-row.ts";

/** Who does the rows of batches. */
export interface RowCrew {
  /** Fills rows of a batch's memory; results in the order of the jobs. */
  fill(slot: number, jobs: readonly RowJob[]): Promise<RowResult[]>;
  close(): Promise<void>;
}

/** Does all in the thread that asks, one row after another. */
export function inlineCrew(settings: RenderSettings, memories: readonly BatchMemory[]): RowCrew {
  const fill = createRowFiller(settings);
  return {
    async fill(slot, jobs) {
      const memory = memories[slot] as BatchMemory;
      const results: RowResult[] = [];
      for (const job of jobs) results.push(await fill(job, memory.row(job.row)));
      return results;
    },
    async close() {},
  };
}

/**
 * Splits each batch between worker threads, which write into its shared memory.
 *
 * A thread gets its share of every batch in work beforehand: training blocks the main thread for a step at a time, and
 * could not hand out rows one by one.
 */
export function threadCrew(
  threads: number,
  settings: RenderSettings,
  memories: readonly BatchMemory[],
  shape: { readonly rows: number; readonly lengths: RowLengths },
): RowCrew {
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

/** The worker's file: beside this one, JavaScript when built, TypeScript from sources, which a thread then must load. */
function workerModule(): { filename: string; execArgv?: string[] } {
  const extension = extname(fileURLToPath(import.meta.url));
  const filename = fileURLToPath(new URL(`./row-worker${extension}`, import.meta.url));
  if (extension !== ".ts") return { filename };
  // Node 20 ignores `--import tsx` in threads; calling its registration does work.
  const tsx = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const register = `import { register } from ${tsx}; register();`;
  return { filename, execArgv: ["--import", `data:text/javascript,${encodeURIComponent(register)}`] };
}
