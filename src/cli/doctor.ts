import { findFfmpeg } from "../../datasets/video/ffmpeg.ts";
import { type Examination, examine } from "../engine/examine.ts";
import { alignColumns } from "./text-table.ts";

export async function doctor({ json, verbose }: { json?: boolean; verbose?: boolean }): Promise<void> {
  const found = { ...(await examine(verbose)), ffmpeg: await examineFfmpeg() };
  console.log(json ? JSON.stringify(found, null, 2) : describe(found));
  if (!found.engine.isBest) process.exitCode = 1;
}

/** Video is not everybody's concern: that ffmpeg is missing is said, and no fault. */
type FfmpegFinding = { readonly program: string; readonly version: string } | { readonly missing: string };

async function examineFfmpeg(): Promise<FfmpegFinding> {
  try {
    const { ffmpeg, version } = await findFfmpeg();
    return { program: ffmpeg, version };
  } catch (error) {
    return { missing: (error as Error).message };
  }
}

function describe({
  node,
  engine,
  installed,
  devices,
  mallocTuned,
  sharp,
  convolution,
  ffmpeg,
}: Examination & { readonly ffmpeg: FfmpegFinding }): string {
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
      "ffmpeg",
      "missing" in ffmpeg ? `none, so no videos: ${ffmpeg.missing}` : `${ffmpeg.version} (${ffmpeg.program})`,
    ],
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
