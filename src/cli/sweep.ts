import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findSplit } from "../../datasets/coco/split-files.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import type { EngineChoice } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { sweepMarkdown, sweepTable } from "../report/run/sweep-table.ts";
import { refuseOtherConfig } from "../run/run-folder.ts";
import { summarizeRun } from "../run/summarize-run.ts";
import { readProgress } from "../train/checkpoint.ts";
import { type PlannedRun, planSweep, type SweepPlan } from "../train/sweep/plan-sweep.ts";
import { type RunOutcome, sweepResults } from "../train/sweep/sweep-results.ts";
import { DivergedError } from "../train/train-run.ts";
import { type RunPlan, runToEnd } from "./run-to-end.ts";
import { formatTable } from "./text-table.ts";

interface SweepFlags {
  data: string;
  out: string;
  set: string[];
  seeds: number;
  engine: EngineChoice;
  skipBadImages: boolean;
  verbose?: boolean;
}

export async function sweep(path: string, flags: SweepFlags): Promise<void> {
  const plan = await planSweep(path, flags.set, flags.seeds);
  await checkAll(plan, flags);
  const engine = await loadEngine(flags.engine, flags);
  const outcomes = new Map<string, RunOutcome>();
  await mkdir(flags.out, { recursive: true });
  const { data, skipBadImages } = flags;
  // One after another in this process: an engine starts once, and a run's model, loaders and graphs are gone when it
  // ends, so that the last run has the memory of the first.
  const runs = plan.combinations.flatMap((combination) => combination.runs);
  for (const [i, run] of runs.entries()) {
    const folder = join(flags.out, run.name);
    console.log(`\n[${i + 1}/${runs.length}] ${folder}`);
    const outcome = await outcomeOf(run, {
      config: run.config,
      data,
      folder,
      resume: true,
      skipBadImages,
      engine,
    });
    outcomes.set(run.name, outcome);
    if (outcome === "not done") break;
    await writeTable(plan, outcomes, flags.out);
  }
  console.log(`\n${await writeTable(plan, outcomes, flags.out)}\n\n${join(flags.out, "sweep.md")}`);
  if ([...outcomes.values()].includes("diverged")) process.exitCode ??= 1;
  else if (process.exitCode) console.log("The same command goes on from there.");
}

/** What is wrong is found before anything trains. */
async function checkAll({ combinations }: SweepPlan, { data, out }: SweepFlags): Promise<void> {
  const runs = combinations.flatMap((combination) => combination.runs);
  const splits = runs.flatMap(({ config }) => {
    // A classifier's splits are plain folders: its first run checks them before it trains.
    if (config.task !== "keypoints") return [];
    const { trainSplit, validationSplit } = config.data;
    return config.validation.interval > 0 ? [trainSplit, validationSplit] : [trainSplit];
  });
  for (const split of new Set(splits)) await findSplit(data, split);
  for (const { name, config } of runs) await refuseOtherConfig(join(out, name), config);
}

async function outcomeOf({ config }: PlannedRun, plan: RunPlan): Promise<RunOutcome> {
  try {
    if (await isDone(plan.folder, config.train.epochs)) console.log("done before");
    else if (!(await runToEnd(plan))) return "not done";
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    // A value that does not work is a result too: the others are still of interest.
    console.error(`diverged: ${error.message}`);
    return "diverged";
  }
  return await summarizeRun(plan.folder);
}

/** The report is a run's last work: without it, the little that is missing is done again. */
async function isDone(folder: string, epochs: number): Promise<boolean> {
  if (!existsSync(join(folder, "report.html"))) return false;
  const progress = await readProgress(folder);
  return progress !== undefined && progress.epoch >= epochs;
}

/** @returns The table, for people to read. */
async function writeTable(
  plan: SweepPlan,
  outcomes: ReadonlyMap<string, RunOutcome>,
  out: string,
): Promise<string> {
  const results = sweepResults(plan, outcomes);
  await writeAtomic(join(out, "sweep.json"), [`${JSON.stringify(results, null, 2)}\n`]);
  await writeAtomic(join(out, "sweep.md"), [sweepMarkdown(results)]);
  const { titles, rows, numeric } = sweepTable(results);
  return formatTable(titles, rows, numeric);
}
