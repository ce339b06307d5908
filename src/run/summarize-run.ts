import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { median } from "../../eval/median.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Config } from "../config/schema.ts";
import { readMetrics } from "./metrics-file.ts";
import type { RunRecord, StepRecord, ValidationRecord } from "./run-records.ts";

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

/** A run's records in a few numbers. */
export interface RunNumbers {
  /** Steps and epochs taken. */
  readonly step: number;
  readonly epoch: number;
  /** Mean loss of the last steps, up to {@link LAST_STEPS}. */
  readonly loss: number | null;
  readonly best: ValidationRecord | null;
  readonly last: ValidationRecord | null;
  /** Steps skipped because loss or gradient was not finite. */
  readonly skipped: number;
  /** Median over the run. */
  readonly imagesPerSecond: number | null;
  /** At that speed. */
  readonly secondsPerStep: number | null;
  /** Of all steps together. An epoch's last step, often a smaller one, is taken for a full one. */
  readonly trainingSeconds: number;
  readonly validationSeconds: number;
  /** Share of {@link trainingSeconds} spent waiting for data. */
  readonly waitShare: number;
}

const LAST_STEPS = 50;

export function summarizeRecords(records: readonly RunRecord[], { train }: Config): RunNumbers {
  const steps = records.filter(isStep);
  const validations = records.filter((record) => record.kind === "validation");
  const recent = steps.slice(-LAST_STEPS).filter(({ skipped }) => !skipped);
  const persons = train.batchSize * train.accumulate;
  const speed = steps.length > 0 ? median(steps.map(({ imagesPerSecond }) => imagesPerSecond)) : null;
  const seconds = steps.map(({ imagesPerSecond }) => persons / imagesPerSecond);
  const trainingSeconds = sum(seconds);
  return {
    step: steps.at(-1)?.step ?? 0,
    epoch: steps.at(-1)?.epoch ?? 0,
    loss: recent.length > 0 ? sum(recent.map(({ loss }) => loss)) / recent.length : null,
    best: validations.findLast(({ isBest }) => isBest) ?? null,
    last: validations.at(-1) ?? null,
    skipped: steps.filter(({ skipped }) => skipped).length,
    imagesPerSecond: speed,
    secondsPerStep: speed && persons / speed,
    trainingSeconds,
    validationSeconds: sum(validations.map((record) => record.seconds)),
    waitShare: sum(steps.map(({ waitShare }, i) => waitShare * (seconds[i] as number))) / trainingSeconds,
  };
}

export const isStep = (record: RunRecord): record is StepRecord => record.kind === "step";

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
