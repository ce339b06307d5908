#!/usr/bin/env node
import { constants } from "node:os";
import { inspect } from "node:util";
import { Command, CommanderError } from "commander";
import { attentionCommand } from "./attention.ts";
import { benchCommand } from "./bench.ts";
import { compareCommand } from "./compare.ts";
import { configCommand } from "./config.ts";
import { dataCommand } from "./data.ts";
import { doctorCommand } from "./doctor.ts";
import { engineCommand } from "./engine.ts";
import { evalCommand } from "./eval.ts";
import { importCommand } from "./import.ts";
import { inferCommand } from "./infer.ts";
import { packageVersion } from "./package-root.ts";
import { quickstartCommand } from "./quickstart.ts";
import { runsCommand } from "./runs.ts";
import { scoreCommand } from "./score.ts";
import { summaryCommand } from "./summary.ts";
import { sweepCommand } from "./sweep.ts";
import { trainCommand } from "./train.ts";

/**
 * Every command, one file each; main only gathers them and turns an error into one line. Command files import what
 * is heavy (TensorFlow, sharp) inside their action, so that `--help` answers at once.
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

/** Gives a command, and the commands below it, the way of reporting errors of the one above. */
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
 * Ctrl-C leaves through exit(), so that whoever has something half done can clear it away first. A command that handles
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
  // A reader that has seen enough (`dypose … | head`) is no error.
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
