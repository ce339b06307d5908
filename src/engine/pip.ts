import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type CommandResult, runCommand } from "./run-command.ts";

/** A Python whose pip answers, as the start of a command line. */
export interface Pip {
  readonly python: string;
}

/** Pythons that TensorFlow has wheels for. The library inside is the same, so any of them serves. */
const WHEEL_PYTHONS = ["3.12", "3.11", "3.13", "3.10"];
const WHEEL_PLATFORMS = ["manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"];

/**
 * Finds python3 (or python) with pip.
 *
 * @throws {Error} If there is none, naming what to install.
 */
export async function findPip(signal?: AbortSignal): Promise<Pip> {
  let seen: string | undefined;
  for (const python of ["python3", "python"]) {
    const { code } = await runCommand(python, ["-m", "pip", "--version"], { signal });
    if (code === 0) return { python };
    if (code !== 127) seen ??= python;
  }
  throw new Error(
    seen
      ? `engine install: expected pip in ${seen} (to download TensorFlow's wheel), got none; install it with "sudo apt install python3-pip" or "${seen} -m ensurepip"`
      : `engine install: expected python3 with pip (to download TensorFlow's wheel), got no python on PATH; install it with "sudo apt install python3-pip"`,
  );
}

export interface DownloadOptions {
  /** Folder for pip's own temporary files, beside the target so that a small /tmp does not matter. */
  readonly temporary: string;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
}

/**
 * Downloads wheels, without their dependencies, from whatever index the user's pip is set up for.
 *
 * @param requirements As pip writes them: `tensorflow-cpu==2.21.0`.
 * @returns Paths of the wheels in `folder`.
 * @throws {Error} In one line: what was not found, or that the network did not answer.
 */
export async function downloadWheels(
  pip: Pip,
  requirements: readonly string[],
  folder: string,
  options: DownloadOptions,
): Promise<string[]> {
  const env = { ...process.env, TMPDIR: options.temporary, PIP_DISABLE_PIP_VERSION_CHECK: "1" };
  const download = (target: readonly string[]) =>
    runCommand(
      pip.python,
      [
        ...["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--progress-bar=off"],
        ...["--dest", folder, ...target, ...requirements],
      ],
      { env, signal: options.signal, onLine: options.onLine },
    );

  // The running Python's own wheel first: a private index may hold only that one.
  let result = await download([]);
  for (const python of WHEEL_PYTHONS) {
    if (result.code === 0 || !isMissing(result)) break;
    result = await download(wheelTarget(python));
  }
  if (result.code !== 0) throw new Error(explainFailure(requirements, result));
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith(".whl")).map((name) => join(folder, name));
}

function wheelTarget(python: string): string[] {
  const platforms = WHEEL_PLATFORMS.flatMap((platform) => ["--platform", platform]);
  return ["--python-version", python, "--implementation", "cp", ...platforms];
}

function isMissing({ stderr }: CommandResult): boolean {
  return /No matching distribution found/.test(stderr) && !isUnreachable(stderr);
}

function isUnreachable(stderr: string): boolean {
  return /NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|NameResolutionError|Max retries/.test(
    stderr,
  );
}

function explainFailure(requirements: readonly string[], { code, stderr }: CommandResult): string {
  const what = requirements.join(" ");
  if (isUnreachable(stderr)) {
    const cause = /(?:host=|for url: |connection to )'?([\w.-]+)/.exec(stderr)?.[1];
    return `engine install: expected to download ${what}, got no answer from ${cause ?? "the package index"}; check the network, the proxy (HTTPS_PROXY) or pip's index ("pip config list")`;
  }
  const lines = stderr.split("\n").filter((line) => line.startsWith("ERROR:"));
  const reason = (lines[0] ?? stderr.trim().split("\n").at(-1) ?? "").replace(/^ERROR: /, "");
  return `engine install: expected to download ${what}, got pip's "${reason || `exit code ${code}`}"`;
}
