import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What one process took: seconds of wall clock and of all its threads, and the peak of its memory. */
export interface Taken {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMiB: number;
}

/** Loaded before a program that is measured as it is published. */
const REPORT_USAGE =
  'data:text/javascript,process.on("exit",()=>{const u=process.resourceUsage();' +
  "console.error(JSON.stringify({cpu:(u.userCPUTime+u.systemCPUTime)/1e6,peakKiB:u.maxRSS}))})";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A task of `eval-worker.ts`, timed within its process. */
export function ownTask(task: string, ...files: string[]): Taken & { stats?: number[] } {
  const { stdout } = run(process.execPath, ["--import", "tsx", here("eval-worker.ts"), task, ...files]);
  const { peakKiB, ...taken } = JSON.parse(stdout);
  return { ...taken, peakMiB: peakKiB / 1024 };
}

/** The whole process of `dypose score`, as it is published. */
export function ownScore(truthFile: string, resultsFile: string): Taken {
  const main = here("../dist/src/cli/main.js");
  const score = ["score", "--gt", truthFile, "--results", resultsFile];
  const { stderr, wall } = run(process.execPath, ["--import", REPORT_USAGE, main, ...score]);
  const { cpu, peakKiB } = JSON.parse(stderr.trim().split("\n").at(-1) ?? "");
  return { wall, cpu, peakMiB: peakKiB / 1024 };
}

/** The whole process of pycocotools, and each step of it. */
export interface OracleRun extends Taken {
  readonly stats?: number[];
  readonly steps: Readonly<Record<string, readonly [wall: number, cpu: number]>>;
}

/** Runs `eval_oracle.py`. */
export function pycocotools(python: string, ...args: string[]): OracleRun {
  const { stdout, wall } = run(python, [here("eval_oracle.py"), ...args]);
  const { seconds, peakKiB, ...rest } = JSON.parse(stdout);
  return { ...rest, wall, steps: seconds, peakMiB: peakKiB / 1024 };
}

/** Some steps of a run, added up. */
export function stepsOf(oracle: OracleRun, ...names: string[]): Taken {
  const sum = (part: 0 | 1): number =>
    names.reduce((total, name) => total + (oracle.steps[name]?.[part] ?? 0), 0);
  return { wall: sum(0), cpu: sum(1), peakMiB: oracle.peakMiB };
}

function run(command: string, args: readonly string[]): { stdout: string; stderr: string; wall: number } {
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")}: expected exit code 0, got ${status}: ${stderr}`);
  return { stdout, stderr, wall: (performance.now() - start) / 1e3 };
}
