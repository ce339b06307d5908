// One measurement in a process of its own: node --import tsx bench/eval-worker.ts TASK FILE… Prints one JSON line.
import type * as ReadAnnotations from "../datasets/coco/read-annotations.ts";
import type * as Results from "../datasets/coco/results.ts";
import type * as EvaluateKeypoints from "../eval/evaluate-keypoints.ts";

// What is published is measured, not what tsx makes of the sources.
const built = (path: string) => import(new URL(`../dist/${path}`, import.meta.url).href);
const { readAnnotations, truthOf }: typeof ReadAnnotations = await built("datasets/coco/read-annotations.js");
const { readResults }: typeof Results = await built("datasets/coco/results.js");
const { evaluateKeypoints }: typeof EvaluateKeypoints = await built("eval/evaluate-keypoints.js");

/** Seconds of wall clock and of all the process's threads. */
async function timed<T>(work: () => T | Promise<T>): Promise<{ value: T; wall: number; cpu: number }> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, wall: (performance.now() - start) / 1e3, cpu: (user + system) / 1e6 };
}

const [task, truthFile = "", resultsFile = ""] = process.argv.slice(2);

async function evaluate() {
  const truth = truthOf(await readAnnotations(truthFile));
  const results = await readResults(resultsFile);
  const { value, wall, cpu } = await timed(() => evaluateKeypoints(truth, results));
  return { stats: value.stats, wall, cpu };
}

async function read() {
  const { value, wall, cpu } = await timed(() => readAnnotations(truthFile));
  return { records: value.annotations.length, wall, cpu };
}

async function readLarge() {
  const { value, wall, cpu } = await timed(() => readResults(resultsFile));
  return { records: value.length, wall, cpu };
}

const TASKS = { evaluate, read, readLarge };
const outcome = await TASKS[task as keyof typeof TASKS]();
console.log(JSON.stringify({ ...outcome, peakKiB: process.resourceUsage().maxRSS }));
