import { Command } from "commander";
import { type EngineOption, engineOption } from "./options.ts";

interface TrainFlags {
  data: string;
  out: string;
  set: string[];
  engine: EngineOption;
  resume?: boolean;
  skipBadImages?: boolean;
}

/** `dypose train`: a config, data and a folder for what comes of it. */
export function trainCommand(): Command {
  return new Command("train")
    .description("train a keypoint network")
    .argument("<config>", "experiment, a YAML file")
    .requiredOption("--data <dir>", "data set in COCO's layout")
    .requiredOption("--out <run>", "folder for checkpoints, weights and metrics")
    .option("--set <key=value>", "override a config value, such as train.batchSize=8", collect, [])
    .addOption(engineOption())
    .option("--resume", "go on from the folder's last checkpoint")
    .option("--skip-bad-images", "go on past images that cannot be read")
    .action(train);
}

const collect = (value: string, earlier: string[]) => [...earlier, value];

async function train(path: string, flags: TrainFlags): Promise<void> {
  const { loadConfig } = await import("../config/load-config.ts");
  const config = await loadConfig(path, flags.set);
  const { loadEngine } = await import("../engine/load-engine.ts");
  const engine = await loadEngine(flags.engine);
  const { prepareTraining } = await import("../train/prepare-training.ts");
  const { trainRun } = await import("../train/train-run.ts");
  const { progressLine } = await import("./progress-line.ts");
  const training = await prepareTraining(config, flags.data, { skipBadImages: flags.skipBadImages ?? false });
  console.log(
    `${config.model.name}: ${training.persons.train} persons, ${training.source.stepsPerEpoch} batches an epoch, on ${engine.name} (${engine.reason})`,
  );
  const controller = new AbortController();
  const stop = (signal: string) => {
    if (controller.signal.aborted) process.exit(130);
    console.error(`${signal}: saving after this step; once more to leave at once`);
    controller.abort();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const steps = config.train.epochs * Math.ceil(training.source.stepsPerEpoch / config.train.accumulate);
  const versions = { node: process.version, engine: engine.name, tensorflow: engine.tensorflow ?? "none" };
  const result = await trainRun({
    ...training,
    info: { ...training.info, versions },
    config,
    folder: flags.out,
    resume: flags.resume ?? false,
    signal: controller.signal,
    observers: [progressLine(steps)],
  }).finally(() => training.close());
  console.log(result.finished ? `${flags.out}: done` : `${flags.out}: stopped; go on with --resume`);
}
