import { constants } from "node:os";
import { Command } from "commander";
import type { Config } from "../config/schema.ts";
import type { Training } from "../train/training.ts";
import { type EngineOption, engineOption, gather } from "./options.ts";
import { packageVersion } from "./package-root.ts";
import { formatDuration, progressLine } from "./progress-line.ts";

interface TrainFlags {
  data: string;
  out?: string;
  set: string[];
  engine: EngineOption;
  resume: boolean;
  dryRun?: boolean;
  skipBadImages: boolean;
}

/** `dypose train`: a config, data and a folder for what comes of it. */
export function trainCommand(): Command {
  return new Command("train")
    .description("train a keypoint network, or a classifier to start one from")
    .argument("<config>", "experiment, a YAML file")
    .requiredOption("--data <dir>", "data set in COCO's layout (of a classifier: <split>/<class>/<image>)")
    .option("--out <run>", "folder for checkpoints, weights, metrics and TensorBoard's files")
    .option("--set <key=value>", "override a config value, such as train.batchSize=8", gather, [])
    .addOption(engineOption())
    .option("--resume", "go on from the folder's last checkpoint; without one, start", false)
    .option("--dry-run", "take a few steps, say what the whole run takes, and write nothing")
    .option("--skip-bad-images", "count images that cannot be read and go on", false)
    .action(train);
}

async function train(path: string, flags: TrainFlags, command: Command): Promise<void> {
  if (!flags.out && !flags.dryRun) command.error("error: required option '--out <run>' not specified");
  const { loadConfig } = await import("../config/load-config.ts");
  const { loadEngine } = await import("../engine/load-engine.ts");
  const { prepareTraining } = await import("../train/prepare-training.ts");
  const config = await loadConfig(path, flags.set);
  const engine = await loadEngine(flags.engine, { verbose: command.optsWithGlobals()["verbose"] ?? false });
  const training = await prepareTraining(config, flags.data, { skipBadImages: flags.skipBadImages });
  console.log(describe(config, training, `${engine.name} (${engine.reason})`));
  const versions = {
    dypose: packageVersion(),
    node: process.version,
    engine: engine.name,
    ...(engine.tensorflow && { tensorflow: engine.tensorflow }),
  };
  try {
    if (flags.dryRun || !flags.out) await printDryRun(training, config);
    else await runToEnd(training, config, flags.out, flags.resume, versions);
  } finally {
    await training.close();
  }
}

async function runToEnd(
  training: Training,
  config: Config,
  folder: string,
  resume: boolean,
  versions: Record<string, string>,
): Promise<void> {
  const { trainRun } = await import("../train/train-run.ts");
  const stop = stopSignal();
  const steps = config.train.epochs * Math.ceil(training.source.stepsPerEpoch / config.train.accumulate);
  const info = { ...training.info, versions };
  const observers = [progressLine(steps)];
  const run = { ...training, info, config, folder, resume, observers, signal: stop.signal };
  const { finished, progress } = await trainRun(run).finally(stop.dispose);
  const { size } = training.badImages;
  if (size > 0) console.log(`${size} images could not be read and were left out`);
  if (finished) {
    const best = progress.best;
    const score = best ? `; best ${training.scoreName} ${best.score.toFixed(3)} after step ${best.step}` : "";
    console.log(`${folder}: ${progress.step} steps done${score}`);
  } else {
    console.log(`${folder}: stopped after step ${progress.step}; go on with --resume`);
    process.exitCode = stop.exitCode();
  }
}

/** The first signal lets the step in progress end and the run save itself, a second one ends the process. */
function stopSignal() {
  const controller = new AbortController();
  let received: "SIGINT" | "SIGTERM" = "SIGINT";
  // What a shell makes of a process that a signal ended: whoever started it sees that it is not done.
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

function describe({ model }: Config, { samples, source, startedFrom }: Training, engine: string): string {
  const [height, width] = model.inputSize;
  const start = startedFrom.length > 0 ? `, ${startedFrom.length} weights taken over` : "";
  return `${model.name} at ${height}x${width}: ${samples.train}, ${source.stepsPerEpoch} batches an epoch${start}; on ${engine}`;
}

async function printDryRun(training: Training, config: Config): Promise<void> {
  const { dryRun } = await import("../train/dry-run.ts");
  const run = await dryRun(training, config);
  const rows = [
    ["input", `[${run.inputShape.join(", ")}], heatmaps [${run.outputShape.join(", ")}]`],
    ["parameters", `${(run.params / 1e6).toFixed(2)} M`],
    ["multiply-adds", `${(run.madds / 1e6).toFixed(1)} M an image`],
    ["steps", `${run.stepsPerEpoch} an epoch, ${run.steps} in all`],
    ["step", `${run.secondsPerStep.toFixed(2)} s, ${(100 * run.waitShare).toFixed(0)}% waiting for data`],
    ["first losses", run.losses.map((loss) => loss.toPrecision(3)).join(", ")],
    ["memory", `${(run.peakMemory / 2 ** 30).toFixed(1)} GiB at most`],
    ["time", `${formatDuration(run.seconds)}, validation on top`],
  ] as const;
  for (const [name, value] of rows) console.log(`  ${name.padEnd(14)} ${value}`);
  console.log("dry run: nothing was written");
}
