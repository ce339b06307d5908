import { spawnSync } from "node:child_process";
import { findFfmpeg } from "../../../datasets/video/ffmpeg.ts";

/** Why tests that need ffmpeg are skipped; undefined where it is there. */
export const withoutFfmpeg: string | undefined = await findFfmpeg().then(
  () => undefined,
  (error: Error) => error.message,
);
if (withoutFfmpeg) process.stderr.write(`skipped: ${withoutFfmpeg}\n`);

/** Runs ffmpeg to make a test's video. */
export function ffmpeg(...args: string[]): void {
  const { status, stderr } = spawnSync("ffmpeg", ["-v", "error", "-nostdin", "-y", ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`ffmpeg ${args.join(" ")}: ${stderr}`);
}

/** What ffprobe says of each packet or stream, as rows of the named fields. */
export function ffprobe(file: string, what: string, fields: string): string[][] {
  const args = ["-v", "error", "-show_entries", `${what}=${fields}`, "-of", "csv=p=0", file];
  const { stdout } = spawnSync("ffprobe", args, { encoding: "utf8" });
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.replace(/,$/, "").split(","));
}
