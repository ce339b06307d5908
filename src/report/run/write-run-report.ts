import { basename, join, resolve } from "node:path";
import { writeAtomic } from "../../../datasets/files/write-atomic.ts";
import { loadConfig } from "../../config/load-config.ts";
import { readMetrics } from "../../run/metrics-file.ts";
import type { AttentionRecord, RunRecord } from "../../run/run-records.ts";
import { isStep, summarizeRecords } from "../../run/summarize-run.ts";
import type { PictureFolder } from "../kit/picture.ts";
import type { Fact } from "../score/score-report.ts";
import { explainScores, type ReportInput } from "../score/write-report.ts";
import { runPage } from "./run-page.ts";
import type { Sample } from "./run-report.ts";

export interface RunReportInput {
  /** What was trained on what. */
  readonly facts?: readonly Fact[];
  /** What it ran on; see `machineFacts`. */
  readonly machine?: readonly Fact[];
  /** JPEG files of what the network finds. */
  readonly samples?: readonly Sample[];
  /** Of the validation split. */
  readonly evaluation?: (ReportInput & { readonly pictures: PictureFolder }) | undefined;
}

/**
 * Tells a training run in one HTML file that needs nothing beside it: `report.html` in the run's folder, from the
 * config and the metrics that lie there.
 *
 * @returns The file's path.
 * @throws {Error} If config or metrics cannot be read, or the file cannot be written.
 */
export async function writeRunReport(folder: string, input: RunReportInput = {}): Promise<string> {
  const { facts = [], machine = [], samples = [], evaluation } = input;
  const config = await loadConfig(join(folder, "config.yaml"));
  const records = await readMetrics(join(folder, "metrics.jsonl"));
  const html = await runPage({
    name: basename(resolve(folder)),
    config,
    numbers: summarizeRecords(records, config),
    steps: records.filter(isStep),
    validations: records.filter((record) => record.kind === "validation"),
    attention: records.filter(isMixing),
    facts,
    machine,
    samples,
    evaluation: evaluation && { report: explainScores(evaluation), pictures: evaluation.pictures },
  });
  const file = join(folder, "report.html");
  await writeAtomic(file, [html]);
  return file;
}

/** Of a single kernel there is no attention to tell. */
function isMixing(record: RunRecord): record is AttentionRecord {
  return record.kind === "attention" && record.layers.some(({ usage }) => usage.length > 1);
}
