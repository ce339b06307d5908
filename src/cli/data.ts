import { Command } from "commander";
import { dataSynthCommand } from "./data-synth.ts";

/** `dypose data`: make, look at, check and convert data sets. */
export function dataCommand(): Command {
  const data = new Command("data").description("make, look at, check and convert data sets");
  for (const command of [dataSynthCommand]) data.addCommand(command());
  return data;
}
