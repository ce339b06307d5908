import { Command } from "commander";
import { engineOption, gather, integer } from "../options.ts";

/** `dypose quickstart`: from data to poses in a picture, on drawn people, as commands that can be run by hand. */
export function quickstartCommand(): Command {
  return new Command("quickstart")
    .description("draw a data set, train on it, score, find poses in a picture: all of it, in a few minutes")
    .option(
      "--dir <dir>",
      "folder for data, run and pictures; run again, it goes on from there",
      "quickstart",
    )
    .option("--images <n>", "pictures to train on; an eighth as many to be scored on", integer(8), 1500)
    .option("--set <key=value>", "override a value of configs/quickstart.yaml", gather, [])
    .addOption(engineOption())
    .action(async (_flags, command) =>
      (await import("../quickstart.ts")).quickstart(command.optsWithGlobals()),
    );
}
