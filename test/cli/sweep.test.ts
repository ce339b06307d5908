import { existsSync } from "node:fs";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readMetrics } from "../../src/run/metrics-file.ts";
import { listCheckpoints } from "../../src/weights/weights-file.ts";
import { runCli, startCli } from "./run-cli.ts";
import { TINY_MODEL, type TinyWorld, tinyWorld } from "./tiny-world.ts";

// Every sweep is a process that loads an engine and trains: slow on a busy machine.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

let world: TinyWorld;
let config: string;
beforeAll(async () => {
  world = await tinyWorld();
  config = join(world.folder, "tiny.yaml");
  const train = "{epochs: 3, batchSize: 2}";
  const text = `model: {name: ${TINY_MODEL}, inputSize: [64, 64]}\ntrain: ${train}\nvalidation: {interval: 1}\n`;
  await writeFile(config, text);
});
afterAll(() => world.remove());

const sweepArgs = (out: string, ...more: string[]) => [
  "sweep",
  config,
  "--data",
  world.data,
  "--out",
  out,
  ...more,
];
const SETTINGS = ["--set", "model.kernels=1,2", "--set", "data.workers=1"];
const RUNS = ["kernels-1_seed-0", "kernels-2_seed-0"];

/** What a run was: every record's numbers, times apart, and the bytes of its last checkpoint's weights. */
async function courseOf(run: string) {
  const records = await readMetrics(join(run, "metrics.jsonl"));
  return records.map((record) => {
    if (record.kind === "validation") return { ...record, seconds: 0 };
    return record.kind === "step" ? { ...record, imagesPerSecond: 0, waitShare: 0 } : record;
  });
}

test("a sweep stopped in its first run goes on, skips what is done, and equals single runs", async () => {
  const out = join(world.folder, "sweep");
  const args = sweepArgs(out, ...SETTINGS);
  const { child, result } = startCli(args);
  const [first, second] = RUNS.map((name) => join(out, name)) as [string, string];
  while ((await listCheckpoints(first)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGINT");
  const stopped = await result;
  expect(stopped.code, stopped.stderr).toBe(130);
  expect(stopped.stdout).toMatch(/stopped after step \d+/);
  expect(stopped.stdout).toContain("The same command goes on from there.");
  expect(stopped.stdout).toMatch(/^1 +0 of 1/m);
  expect(existsSync(second)).toBe(false);
  expect(existsSync(join(first, "report.html"))).toBe(false);

  const { code, stdout, stderr } = await runCli(args);
  expect(code, stderr).toBe(0);
  expect((await readdir(out)).sort()).toEqual([...RUNS, "sweep.json", "sweep.md"]);
  for (const run of [first, second]) expect(existsSync(join(run, "report.html"))).toBe(true);
  expect(stdout).toMatch(
    /^kernels {2}runs {2,}best AP {2,}min–max {2,}last AP {2,}min–max {2,}loss {2,}s\/step$/m,
  );
  const { rows, runs } = JSON.parse(await readFile(join(out, "sweep.json"), "utf8"));
  expect(rows.map((row: { settings: unknown }) => row.settings)).toEqual([
    { "model.kernels": "1" },
    { "model.kernels": "2" },
  ]);
  expect(runs.map((run: { state: string }) => run.state)).toEqual(["done", "done"]);

  const written = (await stat(join(second, "report.html"))).mtimeMs;
  const again = await runCli(args);
  expect(again.stdout.match(/^done before$/gm)).toHaveLength(2);
  expect((await stat(join(second, "report.html"))).mtimeMs).toBe(written);
  expect(again.stdout.split("\n").slice(-6)).toEqual(stdout.split("\n").slice(-6));

  const alone = join(world.folder, "alone");
  for (const [kernels, run] of [
    [1, first],
    [2, second],
  ] as const) {
    const set = ["--set", `model.kernels=${kernels}`, "--set", "data.workers=1"];
    await runCli(["train", config, "--data", world.data, "--out", alone, ...set]);
    expect(await courseOf(run)).toEqual(await courseOf(alone));
    await rm(alone, { recursive: true });
  }

  const other = await runCli([...args, "--set", "train.learningRate=0.5"]);
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(
    /^dypose: .*kernels-1_seed-0: expected the config of the run to resume, got another: train\.learningRate 0\.001, now 0\.5\n$/,
  );
});

test("a run that diverges is noted, and the others are made", async () => {
  const out = join(world.folder, "diverging");
  const rates = [
    "--set",
    "train.learningRate=1e30,1e-3",
    "--set",
    "train.epochs=2",
    "--set",
    "train.maxSkippedSteps=0",
  ];
  const { code, stdout, stderr } = await runCli(sweepArgs(out, ...rates, "--set", "validation.interval=0"));
  expect({ code, stderr }).toMatchObject({ code: 1 });
  expect(stderr).toMatch(/^diverged: step \d+: expected a finite loss and gradient/m);
  expect(stdout).toMatch(/^1e30 +0 of 1/m);
  expect(stdout).toMatch(/^1e-3 +1 /m);
});

test.for<[string, string[], RegExp]>([
  ["an unknown key", ["--set", "train.epoch=1,2"], /train\.epoch: unknown key; did you mean train\.epochs\?/],
  ["no seed", ["--seeds", "0"], /--seeds/],
  ["a split that is not there", ["--set", "data.trainSplit=train2017,x"], /person_keypoints_x\.json/],
])("%s is one line and exit code 2, and nothing is made", async ([, more, message]) => {
  const out = join(world.folder, "bad");
  const { code, stderr } = await runCli(sweepArgs(out, ...more));
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(existsSync(out)).toBe(false);
});
