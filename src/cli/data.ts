import { Command } from "commander";
import { dataBrowseCommand } from "./data-browse.ts";
import { dataCheckCommand } from "./data-check.ts";
import { dataCodecCommand } from "./data-codec.ts";
import { dataConvertCommand } from "./data-convert.ts";
import { dataFetchCommand } from "./data-fetch.ts";
import { dataStatsCommand } from "./data-stats.ts";
import { dataSynthCommand } from "./data-synth.ts";

const COMMANDS: readonly (() => Command)[] = [
  dataSynthCommand,
  dataCheckCommand,
  dataStatsCommand,
  dataBrowseCommand,
  dataConvertCommand,
  dataFetchCommand,
  dataCodecCommand,
];

/** `dypose data`: make, look at, check and convert data sets. */
export function dataCommand(): Command {
  const data = new Command("data").description("make, look at, check and convert data sets");
  for (const command of COMMANDS) data.addCommand(command());
  return data;
}
