// Times the evaluator beside pycocotools, in turns, in one run:
//   npm run build && DYPOSE_ORACLE_PYTHON=python3 npx tsx bench/eval.ts [--rounds 3] [--labels FOLDER] [--data FOLDER]
// What is measured is the build in dist/. The data is made up from a fixed seed and kept in --data (1.2 GB). --labels
// names a folder of YOLO pose labels of train2017; without it, reading ground truth of that size is left out.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "../eval/median.ts";
import { VAL2017_SIZE, writeScoringData, writeTrain2017Truth } from "./eval-data.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    data: { type: "string", default: join(tmpdir(), "dypose-bench-eval") },
    labels: { type: "string" },
  },
});
const python = process.env["DYPOSE_ORACLE_PYTHON"];
if (!python) throw new Error("DYPOSE_ORACLE_PYTHON: expected a Python with pycocotools, got nothing");

const inData = (name: string): string => join(flags.data, name);
const TENFOLD = { images: 50_000, persons: 110_040, detections: 1_000_000 };

async function prepare(): Promise<void> {
  mkdirSync(flags.data, { recursive: true });
  if (!existsSync(inData("dt.json")))
    await writeScoringData(inData("gt.json"), inData("dt.json"), VAL2017_SIZE);
  if (!existsSync(inData("dt10.json")))
    await writeScoringData(inData("gt10.json"), inData("dt10.json"), TENFOLD);
  if (flags.labels && !existsSync(inData("train.json"))) {
    await writeTrain2017Truth(flags.labels, inData("train.json"));
  }
}

/** What one process took: seconds of wall clock and of all its threads, and the peak of its memory. */
interface Taken {
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
function ownTask(task: string, ...files: string[]): Taken & { stats?: number[] } {
  const { stdout } = run(process.execPath, ["--import", "tsx", here("eval-worker.ts"), task, ...files]);
  const { peakKiB, ...taken } = JSON.parse(stdout);
  return { ...taken, peakMiB: peakKiB / 1024 };
}

/** The whole process of `dypose score`, as it is published. */
function ownScore(truthFile: string, resultsFile: string): Taken {
  const main = here("../dist/src/cli/main.js");
  const score = ["score", "--gt", truthFile, "--results", resultsFile];
  const { stderr, wall } = run(process.execPath, ["--import", REPORT_USAGE, main, ...score]);
  const { cpu, peakKiB } = JSON.parse(stderr.trim().split("\n").at(-1) ?? "");
  return { wall, cpu, peakMiB: peakKiB / 1024 };
}

/** The whole process of pycocotools, and each step of it. */
interface OracleRun extends Taken {
  readonly stats?: number[];
  readonly steps: Readonly<Record<string, readonly [wall: number, cpu: number]>>;
}

/** Runs `eval_oracle.py`. */
function pycocotools(python: string, ...args: string[]): OracleRun {
  const { stdout, wall } = run(python, [here("eval_oracle.py"), ...args]);
  const { seconds, peakKiB, ...rest } = JSON.parse(stdout);
  return { ...rest, wall, steps: seconds, peakMiB: peakKiB / 1024 };
}

/** Some steps of a run, added up. */
function stepsOf(oracle: OracleRun, ...names: string[]): Taken {
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

interface Row {
  readonly what: string;
  readonly ours: readonly Taken[];
  readonly theirs: readonly Taken[];
}

/** Each round runs both sides, one right after the other: what else the machine does falls on both. */
function measure(rounds: number): Row[] {
  const core: Taken[] = [];
  const tenfold: Taken[] = [];
  const large: Taken[] = [];
  const whole: Taken[] = [];
  const scored: OracleRun[] = [];
  const read: Taken[] = [];
  const indexed: OracleRun[] = [];
  for (let round = 0; round < rounds; round += 1) {
    console.error(`round ${round + 1} of ${rounds}`);
    const own = ownTask("evaluate", inData("gt.json"), inData("dt.json"));
    core.push(own);
    const oracle = pycocotools(python as string, "score", inData("gt.json"), inData("dt.json"));
    requireSameStats(own.stats, oracle.stats);
    scored.push(oracle);
    whole.push(ownScore(inData("gt.json"), inData("dt.json")));
    tenfold.push(ownTask("evaluate", inData("gt10.json"), inData("dt10.json")));
    if (round === 0) large.push(ownTask("readLarge", "", inData("dt10.json")));
    if (!flags.labels) continue;
    read.push(ownTask("read", inData("train.json")));
    indexed.push(pycocotools(python as string, "index", inData("train.json")));
  }
  const gigabytes = (statSync(inData("dt10.json")).size / 1e9).toFixed(2);
  const rows: Row[] = [
    {
      what: "evaluate + accumulate, 100,000 detections",
      ours: core,
      theirs: scored.map((run) => stepsOf(run, "evaluate", "accumulate")),
    },
    { what: "whole process, files to ten lines", ours: whole, theirs: scored },
    {
      what: "evaluate + accumulate, 1,000,000 detections",
      ours: tenfold,
      theirs: [],
    },
    { what: `read a results file of ${gigabytes} GB`, ours: large, theirs: [] },
    {
      what: "read ground truth of 149,813 persons; theirs: json.load + index",
      ours: read,
      theirs: indexed.map((run) => stepsOf(run, "truth")),
    },
  ];
  return rows.filter(({ ours }) => ours.length > 0);
}

function requireSameStats(own: number[] | undefined, theirs: number[] | undefined): void {
  if (JSON.stringify(own) === JSON.stringify(theirs)) return;
  throw new Error(`stats: expected ${theirs?.join(" ")}, got ${own?.join(" ")}`);
}

function tableLine({ what, ours, theirs }: Row): string {
  const of = (runs: readonly Taken[], key: keyof Taken, digits: number): string =>
    runs.length === 0 ? "" : median(runs.map((run) => run[key])).toFixed(digits);
  const ratio = (key: "wall" | "cpu"): string =>
    theirs.length === 0
      ? ""
      : median(theirs.map((run, i) => run[key] / (ours[i]?.[key] ?? Number.NaN))).toPrecision(3);
  const cells = [ours, theirs].map(
    (runs) => `${of(runs, "wall", 2)} | ${of(runs, "cpu", 2)} | ${of(runs, "peakMiB", 0)}`,
  );
  return `| ${what} | ${cells.join(" | ")} | ${ratio("wall")} | ${ratio("cpu")} |`;
}

await prepare();
const rows = measure(Number(flags.rounds));
console.log(
  `${cpus()[0]?.model}, ${cpus().length} threads; Node ${process.version}; median of ${flags.rounds} rounds\n`,
);
console.log(
  "| | ours: wall s | CPU s | peak MiB | theirs: wall s | CPU s | peak MiB | theirs / ours: wall | CPU |",
);
console.log("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
for (const row of rows) console.log(tableLine(row));
const [small, tenfold] = [rows[0]?.ours ?? [], rows[2]?.ours ?? []];
const growth = (key: "wall" | "cpu"): string =>
  median(tenfold.map((run, i) => run[key] / (small[i]?.[key] ?? Number.NaN))).toPrecision(3);
console.log(
  `\nTen times the detections take ${growth("wall")} times the wall clock, ${growth("cpu")} times the CPU.`,
);
