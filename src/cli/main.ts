#!/usr/bin/env node
import { constants } from "node:os";
import { inspect } from "node:util";
import { Command, CommanderError } from "commander";
import { packageVersion } from "../../datasets/files/package-root.ts";
import { dataCommand } from "./commands/data.ts";
import { doctorCommand, engineCommand } from "./commands/engine.ts";
import { inferCommand } from "./commands/infer.ts";
import {
  attentionCommand,
  benchCommand,
  importCommand,
  summaryCommand,
  weightsCommand,
} from "./commands/networks.ts";
import { quickstartCommand } from "./commands/quickstart.ts";
import { compareCommand, evalCommand, scoreCommand } from "./commands/scoring.ts";
import { configCommand, runsCommand, sweepCommand, trainCommand } from "./commands/training.ts";

/**
 * Every command. `commands/` describes them, a chapter a file, and loads little: `--help` answers at once. What a command
 * does stands in the file of its name beside this one and is imported when it is called, with all that it needs;
 * reports alone wait until one is written, because plots take as long to load as TensorFlow.
 */
const COMMANDS: readonly (() => Command)[] = [
  quickstartCommand,
  configCommand,
  trainCommand,
  sweepCommand,
  evalCommand,
  inferCommand,
  scoreCommand,
  compareCommand,
  summaryCommand,
  attentionCommand,
  importCommand,
  weightsCommand,
  runsCommand,
  dataCommand,
  benchCommand,
  doctorCommand,
  engineCommand,
];

/** An error's text on one line; libraries' own messages often span several. */
function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, " ");
}

/** Makes a command and its subcommands report errors as their parent does. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

function program(): Command {
  const root = new Command("dypose")
    .description("COCO keypoint detection with dynamic convolution.")
    .version(packageVersion())
    .option("--verbose", "show stack traces and TensorFlow's own log lines")
    .configureOutput({
      outputError: (text, write) => write(`dypose: ${oneLine(text.replace(/^error: /, ""))}\n`),
    })
    .exitOverride();
  for (const command of COMMANDS) root.addCommand(inherit(command(), root));
  return root;
}

/**
 * Ctrl-C leaves through exit(), so that exit handlers can remove half-written files. A command that handles
 * signals itself (train saves its run) decides alone.
 */
function exitOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
  }
}

/** Bad input, wherever it is found, ends here: one line on stderr, exit code 2. */
async function main(): Promise<void> {
  // A pipe closed by its reader (`dypose … | head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
    throw error;
  });
  exitOnSignals();
  const root = program();
  try {
    await root.parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`dypose: ${oneLine(message)}\n`);
    // inspect() also prints the chain of causes.
    if (root.opts()["verbose"]) process.stderr.write(`${inspect(error)}\n`);
    process.exit(2);
  }
}

await main();
