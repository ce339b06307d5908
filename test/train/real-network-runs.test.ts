import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { generateDataset } from "../../datasets/synth/generate.ts";
import { readMetrics } from "../../src/run/metrics-file.ts";
import { TEST_ENGINE, testEngine } from "../engine.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** More of them in a longer test: each is a process that builds a network. */
const KILLS = Number(process.env["DYPOSE_KILLS"] ?? 1);
const EPOCHS = KILLS > 4 ? 8 : 2;

// Every run is a process that loads an engine: slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 + 120_000 * KILLS, hookTimeout: 240_000 });

let folder: string;
let config: string;
/** What a run has on file in the end. */
let straight: Awaited<ReturnType<typeof stepsOf>>;
beforeAll(async () => {
  await testEngine();
  folder = await mkdtemp(join(tmpdir(), "dypose-real-"));
  const size = { width: 160, height: 120, images: 12, valImages: 1 };
  await generateDataset({ out: join(folder, "data"), seed: 3, difficulty: "easy", ...size });
  config = join(folder, "dynamic.yaml");
  // Everything that keeps a state of its own between steps: the average, warm-up, annealing, accumulation.
  await writeFile(
    config,
    "model: {name: dy-mobilenetv2-0.35_bottleneck, inputSize: [64, 64]}\n" +
      `train: {epochs: ${EPOCHS}, batchSize: 4, ema: 0.9, warmupSteps: 3, temperature: {epochs: 1}, schedule: {kind: cosine}}\n` +
      "validation: {interval: 1}\ncheckpoint: {everySteps: 2}\n",
  );
  expect(await train("straight")).toBe(0);
  straight = await stepsOf("straight");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trains in a process of its own, to the end or until `killAt` steps are on file. */
async function train(out: string, { killAt = Number.POSITIVE_INFINITY, set = [] as string[] } = {}) {
  const settings = set.flatMap((setting) => ["--set", setting]);
  const args = ["train", config, "--data", join(folder, "data"), "--out", join(folder, out), "--resume"];
  const child = spawn(
    process.execPath,
    ["--import", "tsx", MAIN, ...args, ...settings, "--engine", TEST_ENGINE],
    {
      stdio: "ignore",
    },
  );
  const ended = new Promise<number | string>((resolve) => {
    child.on("close", (code, signal) => resolve(signal ?? code ?? -1));
  });
  let running = true;
  void ended.then(() => {
    running = false;
  });
  while (running && killAt < Number.POSITIVE_INFINITY) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if ((await stepsOf(out)).length >= killAt) child.kill("SIGKILL");
  }
  return ended;
}

/** Steps on file; a line that is being written is left out. */
async function stepsOf(out: string) {
  const records = await readMetrics(join(folder, out, "metrics.jsonl"));
  return records.flatMap((record) => (record.kind === "step" ? [[record.step, record.loss]] : []));
}

/** Whether the last checkpoint (weights, their average, the optimiser's memory, progress) is the straight run's. */
async function hasFinalBytes(out: string): Promise<boolean> {
  const name = `step-${String(straight.length).padStart(9, "0")}.safetensors`;
  const [own, other] = await Promise.all(
    [out, "straight"].map((run) => readFile(join(folder, run, "checkpoints", name))),
  );
  return (own as Buffer).equals(other as Buffer);
}

test("the same seed gives a dynamic network the same bits, whatever the number of threads that read data", async () => {
  expect(await train("alone", { set: ["data.workers=0", "data.cacheMegabytes=0"] })).toBe(0);
  expect(await stepsOf("alone")).toEqual(straight);
  expect(await hasFinalBytes("alone")).toBe(true);
});

test(`killed with SIGKILL ${KILLS} times at random, a run on real data ends with the bits of one that never was`, async () => {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const done = (await stepsOf("killed")).length;
    // At most a share further on, and before the end: every kill finds the run at work.
    const further = 1 + Math.floor((Math.random() * straight.length) / (KILLS + 1));
    const killAt = Math.min(straight.length - 3, done + further);
    expect(await train("killed", { killAt })).toBe("SIGKILL");
  }
  expect(await train("killed")).toBe(0);
  expect(await stepsOf("killed")).toEqual(straight);
  expect(await hasFinalBytes("killed")).toBe(true);
});
