import { loadConfig } from "../config/load-config.ts";
import type { EngineChoice } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { duration } from "../report/kit/numbers.ts";
import { dryRun } from "../train/dry-run.ts";
import { prepareTraining } from "../train/prepare-training.ts";
import { describeTraining, type RunPlan, runToEnd } from "./run-to-end.ts";
import { alignColumns } from "./text-table.ts";

interface TrainFlags {
  data: string;
  out?: string;
  set: string[];
  engine: EngineChoice;
  resume: boolean;
  dryRun?: boolean;
  skipBadImages: boolean;
  verbose?: boolean;
}

export async function train(path: string, flags: TrainFlags): Promise<void> {
  if (!flags.out && !flags.dryRun) throw new Error("required option '--out <run>' not specified");
  const config = await loadConfig(path, flags.set);
  const engine = await loadEngine(flags.engine, flags);
  const { data, skipBadImages, resume } = flags;
  if (flags.dryRun || !flags.out) await printDryRun({ config, data, skipBadImages, engine });
  else if (!(await runToEnd({ config, data, folder: flags.out, resume, skipBadImages, engine }))) {
    console.log("go on with --resume");
  }
}

async function printDryRun(plan: Omit<RunPlan, "folder" | "resume">): Promise<void> {
  const { config, data, engine, skipBadImages = false } = plan;
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
  ];
  for (const line of alignColumns(rows)) console.log(`  ${line}`);
  console.log("dry run: nothing was written");
}
