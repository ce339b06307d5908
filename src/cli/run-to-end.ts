import { constants } from "node:os";
import { packageVersion } from "../../datasets/files/package-root.ts";
import type { Config } from "../config/schema.ts";
import type { Engine } from "../engine/engine.ts";
import { prepareTraining } from "../train/prepare-training.ts";
import { trainRun } from "../train/train-run.ts";
import type { PrepareOptions, Training } from "../train/training.ts";
import { trainingProgress } from "./training-progress.ts";

export interface RunPlan extends PrepareOptions {
  readonly config: Config;
  /** Data set's folder. */
  readonly data: string;
  /** Where the run's files go. */
  readonly folder: string;
  /** Goes on from the folder's last checkpoint; without one, starts. */
  readonly resume: boolean;
  readonly engine: Engine;
}

/**
 * Trains what a config describes to its end, or until a signal, and writes the run's report.
 *
 * @returns Whether it came to the end. If not, the run has saved itself and the process's exit code is set.
 */
export async function runToEnd(plan: RunPlan): Promise<boolean> {
  const { skipBadImages = false } = plan;
  const training = await prepareTraining(plan.config, plan.data, { skipBadImages });
  try {
    console.log(describeTraining(plan.config, training, plan.engine));
    noticeFewThreads(plan.config);
    return await trainAndReport(plan, training);
  } finally {
    await training.close();
  }
}

async function trainAndReport(
  { config, folder, resume, engine }: RunPlan,
  training: Training,
): Promise<boolean> {
  const stop = stopSignal();
  const steps = config.train.epochs * Math.ceil(training.source.stepsPerEpoch / config.train.accumulate);
  const versions = versionsOf(engine);
  const info = { ...training.info, versions };
  const observers = [trainingProgress(steps)];
  const run = { ...training, info, config, folder, resume, observers, signal: stop.signal };
  const { finished, progress } = await trainRun(run).finally(stop.dispose);
  const { size } = training.badImages;
  if (size > 0) console.log(`${size} images could not be read and were left out`);
  if (!finished) {
    console.log(`${folder}: stopped after step ${progress.step}`);
    process.exitCode = stop.exitCode();
    return false;
  }
  const best = progress.best;
  const score = best ? `; best ${training.scoreName} ${best.score.toFixed(3)} after step ${best.step}` : "";
  console.log(`${folder}: ${progress.step} steps done${score}`);
  await writeReport(training, config, folder, engine, versions);
  return true;
}

/** A report that cannot be written is no reason to fail: the run is done, its files are there. */
async function writeReport(
  training: Training,
  config: Config,
  folder: string,
  engine: Engine,
  versions: Readonly<Record<string, string>>,
): Promise<void> {
  const { reportRun } = await import("../report/run/report-run.ts");
  try {
    console.log(`report: ${await reportRun(training, config, folder, engine, versions)}`);
  } catch (error) {
    console.error(
      `no report: ${error instanceof Error ? error.message : error}`.replaceAll(/\s*\n\s*/g, " "),
    );
  }
}

/** The versions a run was made with: only the same versions promise the same bits. */
function versionsOf({ name, tensorflow }: Engine): Record<string, string> {
  return {
    dypose: packageVersion(),
    node: process.version,
    engine: name,
    ...(tensorflow && { tensorflow }),
  };
}

/** The first signal lets the step in progress end and the run save itself, a second one ends the process. */
function stopSignal() {
  const controller = new AbortController();
  let received: "SIGINT" | "SIGTERM" = "SIGINT";
  // A shell's exit code for a process that a signal ended: it tells the caller that the run is not done.
  const exitCode = () => 128 + constants.signals[received];
  const onSignal = (signal: typeof received) => {
    if (controller.signal.aborted) process.exit(exitCode());
    received = signal;
    console.error(`${signal}: saving after this step; once more to leave at once`);
    controller.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const dispose = () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  return { signal: controller.signal, exitCode, dispose };
}

/** Images are decoded on libuv's threads; their number is fixed before this process runs a line of ours. */
function noticeFewThreads(config: Config): void {
  const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);
  if (config.task !== "keypoints" || config.data.workers <= threads) return;
  const { workers } = config.data;
  console.error(
    `data.workers: ${workers} threads crop, but only ${threads} decode; UV_THREADPOOL_SIZE=${workers} before the command lets as many decode`,
  );
}

/** One line about the network, the data and the engine. */
export function describeTraining(
  { model }: Config,
  { samples, source, startedFrom }: Training,
  { name, reason }: Engine,
): string {
  const [height, width] = model.inputSize;
  const start = startedFrom.length > 0 ? `, ${startedFrom.length} weights taken over` : "";
  return `${model.name} at ${height}x${width}: ${samples.train}, ${source.stepsPerEpoch} batches an epoch${start}; on ${name} (${reason})`;
}
