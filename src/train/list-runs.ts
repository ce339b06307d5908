import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { loadConfig } from "../config/load-config.ts";
import type { Config } from "../config/schema.ts";
import { readMetrics } from "./metrics-file.ts";
import type { RunRecord, StepRecord, ValidationRecord } from "./run-records.ts";

/** What a run's folder tells of it. */
export interface RunSummary {
  readonly name: string;
  readonly folder: string;
  readonly config: Config;
  /** Steps and epochs taken. */
  readonly step: number;
  readonly epoch: number;
  /** Whether all epochs are done. */
  readonly finished: boolean;
  /** Mean loss of the last steps, up to {@link LAST_STEPS}. */
  readonly loss: number | null;
  readonly best: ValidationRecord | null;
  readonly last: ValidationRecord | null;
  /** Steps skipped because loss or gradient was not finite. */
  readonly skipped: number;
  /** Median over the run. */
  readonly imagesPerSecond: number | null;
  /** When a record was last written. */
  readonly updated: Date;
}

const LAST_STEPS = 50;

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

async function summarizeRun(folder: string): Promise<RunSummary> {
  const config = await loadConfig(join(folder, "config.yaml"));
  const records = await readMetrics(join(folder, "metrics.jsonl"));
  const { mtime } = await stat(join(folder, "metrics.jsonl"));
  const steps = records.filter(isStep);
  const validations = records.filter((record) => record.kind === "validation");
  const recent = steps.slice(-LAST_STEPS).filter(({ skipped }) => !skipped);
  const epoch = steps.at(-1)?.epoch ?? 0;
  return {
    name: basename(folder),
    folder,
    config,
    step: steps.at(-1)?.step ?? 0,
    epoch,
    finished: epoch >= config.train.epochs,
    loss: recent.length > 0 ? recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length : null,
    best: validations.findLast(({ isBest }) => isBest) ?? null,
    last: validations.at(-1) ?? null,
    skipped: steps.filter(({ skipped }) => skipped).length,
    imagesPerSecond: median(steps.map(({ imagesPerSecond }) => imagesPerSecond)),
    updated: mtime,
  };
}

const isStep = (record: RunRecord): record is StepRecord => record.kind === "step";

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
