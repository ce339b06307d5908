import { Command } from "commander";

/** `dypose weights`: what the package ships, and a run's weights as a file to pass on. */
export function weightsCommand(): Command {
  const command = new Command("weights")
    .description("list the weights that come with dypose: names for --weights, sizes, AP, licences")
    .option("--json", "print JSON, with the paths of files and cards")
    .action(async (flags) => (await import("../weights.ts")).listWeights(flags));
  command
    .command("export")
    .description(
      "write a run's weights as one file to pass on: averaged if it keeps an average, no optimizer",
    )
    .argument("<weights>", "a run's folder (its best weights), a weights file or a name")
    .requiredOption("--out <file>", "file to write, .safetensors")
    .option("--half", "in half precision: half the size, AP about the same")
    .option("--card", "write a model card beside it, <name>.md, to be completed")
    .action(async (weights, flags) => (await import("../weights.ts")).exportWeights(weights, flags));
  return command;
}
