#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";

/** Every command, one file each; main only gathers them and turns an error into one line. */
const COMMANDS: readonly (() => Command)[] = [];

function packageVersion(): string {
  // From sources this file is two folders below package.json, from dist/ three.
  for (const path of ["../../package.json", "../../../package.json"]) {
    try {
      return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
    } catch {}
  }
  return "unknown";
}

function program(): Command {
  const root = new Command("dypose")
    .description("COCO keypoint detection with dynamic convolution.")
    .version(packageVersion())
    .option("--verbose", "show stack traces and TensorFlow's own log lines")
    .exitOverride();
  for (const command of COMMANDS) root.addCommand(command().exitOverride());
  return root;
}

/** Bad input, wherever it is found, ends here: one line on stderr, exit code 2. */
async function main(): Promise<void> {
  const root = program();
  try {
    await root.parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`dypose: ${message}\n`);
    if (root.opts()["verbose"] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exit(2);
  }
}

await main();
