import { type Examination, examine } from "../engine/examine.ts";
import { alignColumns } from "./text-table.ts";

export async function doctor({ json, verbose }: { json?: boolean; verbose?: boolean }): Promise<void> {
  const found = await examine(verbose);
  console.log(json ? JSON.stringify(found, null, 2) : describe(found));
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
  const advice = engine.isBest
    ? "This is the best engine for this machine."
    : `The best engine here is ${engine.best}; install it with "${engine.mend}".`;
  return [...alignColumns(rows), "", advice].join("\n");
}
