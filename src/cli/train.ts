import { Command } from "commander";
import { duration } from "../report/kit/numbers.ts";
import { type EngineOption, engineOption, gather } from "./options.ts";
import { describeTraining, type RunPlan, runToEnd } from "./run-to-end.ts";

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
  const config = await loadConfig(path, flags.set);
  const engine = await loadEngine(flags.engine, { verbose: command.optsWithGlobals()["verbose"] ?? false });
  const { data, skipBadImages, resume } = flags;
  if (flags.dryRun || !flags.out) await printDryRun({ config, data, skipBadImages, engine });
  else if (!(await runToEnd({ config, data, folder: flags.out, resume, skipBadImages, engine }))) {
    console.log("go on with --resume");
  }
}

async function printDryRun(plan: Omit<RunPlan, "folder" | "resume">): Promise<void> {
  const { config, data, engine, skipBadImages = false } = plan;
  const { dryRun } = await import("../train/dry-run.ts");
  const { prepareTraining } = await import("../train/prepare-training.ts");
  const training = await prepareTraining(config, data, { skipBadImages });
  console.log(describeTraining(config, training, engine));
  const run = await dryRun(training, config).finally(training.close);
  const rows = [
    ["input", `[${run.inputShape.join(", ")}], heatmaps [${run.outputShape.join(", ")}]`],
    ["parameters", `${(run.params / 1e6).toFixed(2)} M`],
    ["multiply-adds", `${(run.madds / 1e6).toFixed(1)} M an image`],
    ["steps", `${run.stepsPerEpoch} an epoch, ${run.steps} in all`],
    ["step", `${run.secondsPerStep.toFixed(2)} s, ${(100 * run.waitShare).toFixed(0)}% waiting for data`],
    ["first losses", run.losses.map((loss) => loss.toPrecision(3)).join(", ")],
    ["memory", `${(run.peakMemory / 2 ** 30).toFixed(1)} GiB at most`],
    ["time", `${duration(run.seconds)}, validation on top`],
  ] as const;
  for (const [name, value] of rows) console.log(`  ${name.padEnd(14)} ${value}`);
  console.log("dry run: nothing was written");
}
