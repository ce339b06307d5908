import { Command, Option } from "commander";
import type { Config } from "../config/schema.ts";
import { gather } from "./options.ts";

interface ConfigFlags {
  task: Config["task"];
  set: string[];
  jsonSchema?: boolean;
}

/** `dypose config`: what can be set, and what a config file comes to. */
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
    .action(printConfig);
}

async function printConfig(path: string | undefined, flags: ConfigFlags, command: Command): Promise<void> {
  const { configJsonSchema, describeConfig } = await import("../config/describe-config.ts");
  if (flags.jsonSchema) {
    console.log(JSON.stringify(configJsonSchema(), null, 2));
    return;
  }
  if (path === undefined) {
    if (flags.set.length > 0) command.error("error: expected a config file with --set, got none");
    process.stdout.write(describeConfig(flags.task));
    return;
  }
  const { loadConfig } = await import("../config/load-config.ts");
  const config = await loadConfig(path, flags.set);
  process.stdout.write(describeConfig(config.task, config));
}
