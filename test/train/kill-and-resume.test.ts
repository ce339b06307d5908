import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readMetrics } from "../../src/run/metrics-file.ts";
import { listCheckpoints } from "../../src/weights/weights-file.ts";

const PROCESS = fileURLToPath(new URL("tiny-run-process.ts", import.meta.url));
/** More of them in a longer test: each is a process. */
const KILLS = Number(process.env["DYPOSE_KILLS"] ?? 2);
const STEPS = 12;

// Every run is a process that loads an engine: slow on a busy machine.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let folder: string;
let straight: { weights: string; losses: unknown[] };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-kill-"));
  expect(await run(join(folder, "straight"))).toMatchObject({ ending: 0 });
  straight = await outcome(join(folder, "straight"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the process to its end: the signal's name or its exit code, and what it said. */
function run(path: string, harm = "", onStart?: (kill: (signal: NodeJS.Signals) => void) => void) {
  return new Promise<{ ending: number | string; said: string }>((resolve, reject) => {
    const args = ["--import", "tsx", PROCESS, path, harm];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.on("error", reject).on("close", (code, signal) => resolve({ ending: signal ?? code ?? -1, said }));
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
  for (const step of new Set(steps)) {
    expect(await run(path, `kill=${step}`), `kills after ${steps}`).toMatchObject({ ending: "SIGKILL" });
  }
  expect(await run(path)).toMatchObject({ ending: 0 });
  expect(await outcome(path), `kills after ${steps}`).toEqual(straight);
});

test("SIGTERM saves and exits cleanly; resumed, the run ends with the same bits", async () => {
  const path = join(folder, "terminated");
  const started = async (kill: (signal: NodeJS.Signals) => void) => {
    while ((await readMetrics(join(path, "metrics.jsonl"))).length < 3)
      await new Promise((r) => setTimeout(r, 20));
    kill("SIGTERM");
  };
  expect(await run(path, "slow", started)).toMatchObject({ ending: 0 });
  const records = await readMetrics(join(path, "metrics.jsonl"));
  expect(records.length).toBeLessThan(STEPS);
  const newest = (await listCheckpoints(path)).at(-1);
  expect(newest).toContain(`step-${String(records.at(-1)?.step).padStart(9, "0")}`);
  expect(await run(path)).toMatchObject({ ending: 0 });
  expect(await outcome(path)).toEqual(straight);
});

const HAS_PRLIMIT = spawnSync("prlimit", ["--version"]).status === 0;
test.skipIf(!HAS_PRLIMIT)(
  "where a checkpoint no longer fits on the disk, the run says so and the one before it is usable (needs prlimit)",
  async () => {
    const path = join(folder, "full");
    const { ending, said } = await run(path, "full=5");
    expect(ending).toBe(1);
    expect(said).toMatch(
      /step-000000006\.safetensors: could not be written: EFBIG.*; step-000000004\.safetensors is usable/,
    );
    expect((await readdir(join(path, "checkpoints"))).at(-1)).toBe("step-000000004.safetensors");
    expect(await run(path)).toMatchObject({ ending: 0 });
    expect(await outcome(path)).toEqual(straight);
  },
);
