import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { loadConfig } from "../config/load-config.ts";
import type { Config } from "../config/schema.ts";
import { readMetrics } from "./metrics-file.ts";
import { type RunNumbers, summarizeRecords } from "./summarize-records.ts";

/** What a run's folder tells of it. */
export interface RunSummary extends RunNumbers {
  readonly name: string;
  readonly folder: string;
  readonly config: Config;
  /** Whether all epochs are done. */
  readonly finished: boolean;
  /** When a record was last written. */
  readonly updated: Date;
}

/** Levels of folders below the one given that are searched. */
const DEPTH = 3;

/**
 * The runs in a folder (itself one, or folders in it), by name.
 *
 * @throws {Error} If the folder does not exist, or a run in it cannot be read.
 */
export async function listRuns(folder: string, depth = DEPTH): Promise<RunSummary[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new Error(`${folder}: expected a folder of runs, got ${cause.code ?? cause}`, { cause });
  });
  const names = entries.map(({ name }) => name);
  if (names.includes("config.yaml") && names.includes("metrics.jsonl")) return [await summarizeRun(folder)];
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  if (depth === 0) return [];
  const runs = (await Promise.all(below.map((path) => listRuns(path, depth - 1)))).flat();
  return runs.sort((a, b) => a.folder.localeCompare(b.folder, "en", { numeric: true }));
}

/** @throws {Error} If config or records cannot be read. */
export async function summarizeRun(folder: string): Promise<RunSummary> {
  const config = await loadConfig(join(folder, "config.yaml"));
  const numbers = summarizeRecords(await readMetrics(join(folder, "metrics.jsonl")), config);
  const { mtime } = await stat(join(folder, "metrics.jsonl"));
  const finished = numbers.epoch >= config.train.epochs;
  return { name: basename(folder), folder, config, ...numbers, finished, updated: mtime };
}
