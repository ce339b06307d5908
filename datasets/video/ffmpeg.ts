import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";

/** ffmpeg as it was found on this machine: two programs, never linked or shipped. */
export interface Ffmpeg {
  /** Path or name to start. */
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** As it calls itself, "5.1.9-0+deb12u1". */
  readonly version: string;
}

/** Thrown where video is asked for and there is no ffmpeg. */
export class FfmpegMissingError extends Error {
  override readonly name = "FfmpegMissingError";
}

const found = new Map<string, Promise<Ffmpeg>>();

/**
 * Finds ffmpeg and ffprobe: what `DYPOSE_FFMPEG` names (the program, or the folder of both), else on the PATH.
 *
 * @throws {FfmpegMissingError} In one line that names the package, if either is missing or does not start.
 */
export function findFfmpeg(environment: NodeJS.ProcessEnv = process.env): Promise<Ffmpeg> {
  const key = [environment["DYPOSE_FFMPEG"], environment["PATH"]].join(delimiter);
  const known = found.get(key);
  if (known) return known;
  const search = lookFor(environment);
  found.set(key, search);
  // It may be installed while this process runs.
  search.catch(() => found.delete(key));
  return search;
}

async function lookFor(environment: NodeJS.ProcessEnv): Promise<Ffmpeg> {
  const named = environment["DYPOSE_FFMPEG"];
  const isFolder = named !== undefined && (await stat(named).catch(() => undefined))?.isDirectory();
  const suffix = process.platform === "win32" ? ".exe" : "";
  const beside = (program: string) => join(isFolder ? (named ?? "") : dirname(named ?? ""), program + suffix);
  const ffmpeg = named && !isFolder ? named : named ? beside("ffmpeg") : "ffmpeg";
  const ffprobe = named ? beside("ffprobe") : "ffprobe";
  const version = await versionOf(ffmpeg, environment, named);
  await versionOf(ffprobe, environment, named);
  return { ffmpeg, ffprobe, version };
}

async function versionOf(
  program: string,
  env: NodeJS.ProcessEnv,
  named: string | undefined,
): Promise<string> {
  const { code, stdout, failure } = await run(program, ["-version"], { env });
  const version = /^ff\w+ version (\S+)/.exec(stdout)?.[1];
  if (code === 0 && version) return version;
  const got = failure === "ENOENT" ? "nothing there" : (failure ?? `exit code ${code}`);
  throw new FfmpegMissingError(
    named
      ? `DYPOSE_FFMPEG: expected ffmpeg's path (ffprobe beside it) or their folder, got ${program}: ${got}`
      : `${program}: expected a program on the PATH, got ${got}; video needs the package ffmpeg (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg), or its path in DYPOSE_FFMPEG`,
  );
}

/** Whether this is ffmpeg `major.minor` or newer; builds from its repository ("N-12345-g…") count as new. */
export function isAtLeast({ version }: Pick<Ffmpeg, "version">, major: number, minor: number): boolean {
  const [, first, second] = /^n?(\d+)\.(\d+)/.exec(version) ?? [];
  if (first === undefined) return true;
  return Number(first) > major || (Number(first) === major && Number(second) >= minor);
}

/** How a program ended. */
export interface Ended {
  /** Null where a signal ended it, or where it never started. */
  readonly code: number | null;
  /** What the system said if it could not be started, such as ENOENT. */
  readonly failure?: string;
}

/** A running program and what it says. */
export interface Child {
  readonly process: ChildProcess;
  /** Never rejected. */
  readonly ended: Promise<Ended>;
  /** The last lines on standard error, oldest first. */
  complaints(): string[];
  kill(): void;
}

/** Characters of standard error kept: enough for the lines that matter, whatever a broken file makes ffmpeg say. */
const KEPT_COMPLAINTS = 8192;

const running = new Set<ChildProcess>();
let watchesExit = false;

/**
 * Starts a program, without a shell. It has a process group of its own, so that a Ctrl-C in the terminal reaches this
 * process alone, which then decides what has to be finished; it does not outlive this process: it is killed when the
 * process exits, and where that is killed itself, its pipes end, at which ffmpeg stops.
 *
 * @param keep Leave it to end by itself at the end of its input, for what has a file to finish.
 */
export function start(
  program: string,
  args: readonly string[],
  stdio: StdioOptions,
  { keep = false, env }: { keep?: boolean; env?: NodeJS.ProcessEnv } = {},
): Child {
  const child = spawn(program, args, {
    stdio,
    detached: process.platform !== "win32",
    windowsHide: true,
    ...(env && { env }),
  });
  if (!watchesExit) {
    watchesExit = true;
    process.on("exit", () => {
      for (const other of running) other.kill("SIGKILL");
    });
  }
  if (!keep) running.add(child);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-KEPT_COMPLAINTS);
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve({ code: null, failure: error.code ?? error.message });
    });
    child.once("close", (code) => resolve({ code }));
  }).finally(() => running.delete(child));
  return {
    process: child,
    ended,
    complaints: () =>
      said
        .split(/[\r\n]+/)
        .map((line) => line.trim())
        .filter((line) => line !== ""),
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Runs a short program to its end and collects what it prints. */
export async function run(
  program: string,
  args: readonly string[],
  { env }: { env?: NodeJS.ProcessEnv } = {},
): Promise<Ended & { stdout: string; complaints: string[] }> {
  const child = start(program, args, ["ignore", "pipe", "pipe"], env ? { env } : {});
  const parts: string[] = [];
  child.process.stdout?.setEncoding("utf8").on("data", (text: string) => parts.push(text));
  const ended = await child.ended;
  return { ...ended, stdout: parts.join(""), complaints: child.complaints() };
}

/** The line of ffmpeg's complaints that says most: the last, without the address of the part that speaks. */
export function reasonOf(complaints: readonly string[], input?: string): string | undefined {
  const line = complaints.at(-1)?.replace(/^\[[^\]]* @ 0x[0-9a-f]+\] */, "");
  return input ? line?.replace(`${input}: `, "") : line;
}
