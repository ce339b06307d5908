import { Command, Option } from "commander";
import { engineOption, gather, integer } from "../options.ts";

/** `dypose config`: every setting with its value and meaning. */
export function configCommand(): Command {
  return new Command("config")
    .description("print every setting with its value and meaning: a config's, or the defaults")
    .argument("[config]", "experiment, a YAML file")
    .option("--set <key=value>", "override a value of the file, as for train", gather, [])
    .addOption(
      new Option("--task <task>", "whose defaults, without a file")
        .choices(["keypoints", "classification"])
        .default("keypoints"),
    )
    .option("--json-schema", "print JSON Schema instead, for an editor")
    .action(async (config, flags) => (await import("../config.ts")).printConfig(config, flags));
}

/** `dypose train`: from a config and data to a folder with a trained network. */
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
    .action(async (config, _flags, command) =>
      (await import("../train.ts")).train(config, command.optsWithGlobals()),
    );
}

/** `dypose sweep`: one experiment with several values and seeds, and a table of their scores. */
export function sweepCommand(): Command {
  return new Command("sweep")
    .description(
      "train every combination of some config values, with several seeds each, and compare the scores",
    )
    .argument("<config>", "experiment, a YAML file")
    .requiredOption("--data <dir>", "data set, as for train")
    .requiredOption("--out <dir>", "folder for the runs and the table; run again, it goes on from there")
    .option(
      "--set <key=v1,v2>",
      "values to try, such as model.kernels=1,4; a single one holds for every run; lists in brackets",
      gather,
      [],
    )
    .option("--seeds <n>", "runs of each combination, with train.seed 0 to n - 1", integer(1, 1000), 1)
    .addOption(engineOption())
    .option("--skip-bad-images", "count images that cannot be read and go on", false)
    .action(async (config, _flags, command) =>
      (await import("../sweep.ts")).sweep(config, command.optsWithGlobals()),
    );
}

/** `dypose runs`: what has been trained, and how the runs differ. */
export function runsCommand(): Command {
  return new Command("runs")
    .description("list runs and compare them: progress, scores, and the config values in which they differ")
    .argument("<dir>", "a run's folder, or one with runs in it")
    .option("--json", "print as JSON")
    .action(async (dir, flags) => (await import("../runs.ts")).showRuns(dir, flags));
}
