import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type CommandResult, runCommand } from "./run-command.ts";

/** Pythons that TensorFlow has wheels for. The library inside is the same, so a wheel for any of them will do. */
const WHEEL_PYTHONS = ["3.12", "3.11", "3.13", "3.10"];
const WHEEL_PLATFORMS = ["manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"];

/**
 * Finds a python that has pip: python3, or python.
 *
 * @returns The command.
 * @throws {Error} If there is none, naming what to install.
 */
export async function findPip(signal?: AbortSignal): Promise<string> {
  let withoutPip: string | undefined;
  for (const python of ["python3", "python"]) {
    const { code } = await runCommand(python, ["-m", "pip", "--version"], { signal });
    if (code === 0) return python;
    if (code !== 127) withoutPip ??= python;
  }
  throw new Error(
    withoutPip
      ? `engine install: expected pip in ${withoutPip} (it downloads TensorFlow), got none; install it with "sudo apt install python3-pip" or "${withoutPip} -m ensurepip"`
      : `engine install: expected python3 with pip (it downloads TensorFlow), got no python3 on PATH; install it with "sudo apt install python3-pip"`,
  );
}

interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of a wheel when pip starts to download it. */
  readonly onSize?: (bytes: number) => void;
}

/**
 * Downloads wheels, without their dependencies, from the index that the user's pip is set up for.
 *
 * @param requirements As pip writes them: `tensorflow-cpu==2.21.0`.
 * @param folder An empty folder; pip keeps its temporary files there too, so that a small /tmp does not matter.
 * @returns Paths of the wheels.
 * @throws {Error} In one line: what was not found, or that the index did not answer.
 */
export async function downloadWheels(
  python: string,
  requirements: readonly string[],
  folder: string,
  { signal, onSize }: DownloadOptions = {},
): Promise<string[]> {
  const env = { ...process.env, TMPDIR: folder, PIP_DISABLE_PIP_VERSION_CHECK: "1" };
  const onLine = (line: string) => {
    const bytes = parseSize(line);
    if (bytes) onSize?.(bytes);
  };
  const download = (target: readonly string[]) => {
    const options = ["--no-deps", "--only-binary=:all:", "--progress-bar=off", "--dest", folder];
    const args = ["-m", "pip", "download", ...options, ...target, ...requirements];
    return runCommand(python, args, { env, signal, onLine });
  };

  // First the wheel for the running Python: a private index may hold only that one.
  let result = await download([]);
  for (const version of WHEEL_PYTHONS) {
    if (result.code === 0 || !isMissing(result)) break;
    result = await download(wheelTarget(version));
  }
  if (result.code !== 0) throw new Error(explainFailure(requirements, result));
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith(".whl")).map((name) => join(folder, name));
}

/** Bytes from pip's line `Downloading some.whl (274.0 MB)`. */
function parseSize(line: string): number | undefined {
  const { size, unit = "" } =
    /^\s*Downloading \S+\.whl.* \((?<size>[\d.]+) (?<unit>[kMG])B\)/.exec(line)?.groups ?? {};
  return size ? Number(size) * { k: 1e3, M: 1e6, G: 1e9 }[unit as "k" | "M" | "G"] : undefined;
}

function wheelTarget(version: string): string[] {
  const platforms = WHEEL_PLATFORMS.flatMap((platform) => ["--platform", platform]);
  return ["--python-version", version, "--implementation", "cp", ...platforms];
}

/** Whether an index answered, and has no such wheel. */
function isMissing({ stderr }: CommandResult): boolean {
  return stderr.includes("No matching distribution found") && !isUnreachable(stderr);
}

/** Whether no index answered: then pip names no version that it was offered. */
function isUnreachable(stderr: string): boolean {
  const offered = /from versions: (?!none)/.test(stderr);
  return !offered && /NewConnectionError|NameResolution|Timeout|ProxyError|SSLError|Max retries/.test(stderr);
}

function explainFailure(requirements: readonly string[], { code, stderr }: CommandResult): string {
  const expected = `engine install: expected to download ${requirements.join(" ")}`;
  if (isUnreachable(stderr)) {
    const host = /host='([^']+)'/.exec(stderr)?.[1] ?? "the package index";
    return `${expected}, got no answer from ${host}; check the network, the proxy (HTTPS_PROXY) and pip's index ("pip config list")`;
  }
  const lines = stderr.trim().split("\n");
  const reason = lines.find((line) => line.startsWith("ERROR:")) ?? lines.at(-1) ?? "";
  const short = reason.replace(/^ERROR: /, "").replace(/(?<=from versions: ).*(?=(?:, [^,]+){5}\))/, "…");
  return `${expected}, got pip's "${short || `exit code ${code}`}"`;
}
