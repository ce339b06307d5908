import { Command } from "commander";
import type { Examination } from "../engine/examine.ts";

/** `dypose doctor`: what computes here, how fast, and what would be faster. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("show what computes here and how fast; exit code 1 when it is not the best engine")
    .option("--json", "print JSON")
    .action(doctor);
}

async function doctor(flags: { json?: boolean }, command: Command): Promise<void> {
  const { examine } = await import("../engine/examine.ts");
  const found = await examine(command.optsWithGlobals()["verbose"]);
  console.log(flags.json ? JSON.stringify(found, null, 2) : describe(found));
  if (!found.engine.isBest) process.exitCode = 1;
}

function describe({
  node,
  engine,
  installed,
  devices,
  mallocTuned,
  sharp,
  convolution,
}: Examination): string {
  const tensorflow = engine.tensorflow ? `, TensorFlow ${engine.tensorflow}` : "";
  const rows: [string, string][] = [
    ["node", `${node.version}, ${node.platform}`],
    ["engine", `${engine.name}${tensorflow}, ${engine.threads} thread(s)`],
    ["", engine.reason],
    ...installed.map(({ folder }): [string, string] => ["installed", folder]),
    ["processors", `${devices.processors} × ${devices.cpu}`],
    ["gpus", devices.gpus.join(", ") || "none"],
    ...(mallocTuned === undefined
      ? []
      : [["malloc", mallocTuned ? "keeps freed memory" : "not tuned (no glibc)"] as [string, string]]),
    ["sharp", `${sharp.version}, libvips ${sharp.libvips}`],
    [
      "convolution",
      `${convolution.gflops.toFixed(1)} GFLOP/s (3×3, 64 to 64 channels, ${convolution.milliseconds.toFixed(1)} ms)`,
    ],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(12)} ${value}`);
  const verdict = engine.isBest
    ? "This is the best engine for this machine."
    : `The best engine here is ${engine.best}; install it with "${engine.mend}".`;
  return [...lines, "", verdict].join("\n");
}
