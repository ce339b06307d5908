import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readMetrics } from "../../src/train/metrics-file.ts";
import { listCheckpoints } from "../../src/weights/load-weights.ts";

const PROCESS = fileURLToPath(new URL("tiny-run-process.ts", import.meta.url));
/** More of them in a longer test: each is a process. */
const KILLS = Number(process.env["DYPOSE_KILLS"] ?? 2);
const STEPS = 12;

let folder: string;
let straight: { weights: string; losses: unknown[] };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-kill-"));
  expect(await run(join(folder, "straight"))).toBe(0);
  straight = await outcome(join(folder, "straight"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the process to its end; the signal's name, or its exit code. */
function run(
  path: string,
  killStep?: number | "wait",
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void,
) {
  return new Promise<number | string>((resolve, reject) => {
    const args = ["--import", "tsx", PROCESS, path, ...(killStep === undefined ? [] : [String(killStep)])];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    child.on("error", reject).on("exit", (code, signal) => resolve(signal ?? code ?? -1));
    onStart?.((signal) => child.kill(signal));
  });
}

async function outcome(path: string) {
  const records = await readMetrics(join(path, "metrics.jsonl"));
  const losses = records.map((r) =>
    r.kind === "step" ? [r.step, r.loss, r.learningRate, r.temperature] : [],
  );
  return { weights: await readFile(join(path, "final.json"), "utf8"), losses };
}

test(`killed with SIGKILL after ${KILLS} random steps, a run ends with the bits of one that never stopped`, async () => {
  const path = join(folder, "killed");
  const steps = Array.from({ length: KILLS }, () => 1 + Math.floor(Math.random() * STEPS)).sort(
    (a, b) => a - b,
  );
  for (const step of new Set(steps)) expect(await run(path, step), `kills after ${steps}`).toBe("SIGKILL");
  expect(await run(path)).toBe(0);
  expect(await outcome(path), `kills after ${steps}`).toEqual(straight);
});

test("SIGTERM saves and exits cleanly; resumed, the run ends with the same bits", async () => {
  const path = join(folder, "terminated");
  const started = async (kill: (signal: NodeJS.Signals) => void) => {
    while ((await readMetrics(join(path, "metrics.jsonl"))).length < 3)
      await new Promise((r) => setTimeout(r, 20));
    kill("SIGTERM");
  };
  expect(await run(path, "wait", started)).toBe(0);
  const records = await readMetrics(join(path, "metrics.jsonl"));
  expect(records.length).toBeLessThan(STEPS);
  const newest = (await listCheckpoints(path)).at(-1);
  expect(newest).toContain(`step-${String(records.at(-1)?.step).padStart(9, "0")}`);
  expect(await run(path)).toBe(0);
  expect(await outcome(path)).toEqual(straight);
});
