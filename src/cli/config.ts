import { configJsonSchema, describeConfig } from "../config/describe-config.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Config } from "../config/schema.ts";

interface ConfigFlags {
  task: Config["task"];
  set: string[];
  jsonSchema?: boolean;
}

export async function printConfig(path: string | undefined, flags: ConfigFlags): Promise<void> {
  if (flags.jsonSchema) {
    console.log(JSON.stringify(configJsonSchema(), null, 2));
    return;
  }
  if (path === undefined) {
    if (flags.set.length > 0) throw new Error("expected a config file with --set, got none");
    process.stdout.write(describeConfig(flags.task));
    return;
  }
  const config = await loadConfig(path, flags.set);
  process.stdout.write(describeConfig(config.task, config));
}
