import { median } from "../../eval/median.ts";
import type { Config } from "../config/schema.ts";
import type { RunRecord, StepRecord, ValidationRecord } from "./run-records.ts";

/** What a run's records come to. */
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
