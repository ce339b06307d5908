import { Command } from "commander";
import { engineOption, gather, integer } from "../options.ts";

/** `dypose quickstart`: poses in a photograph, then from data to a network, as commands that can be run by hand. */
export function quickstartCommand(): Command {
  return new Command("quickstart")
    .description(
      "find the people in a photograph; then draw a data set, train on it, score: all in a few minutes",
    )
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
