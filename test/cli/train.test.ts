import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readMetrics } from "../../src/run/metrics-file.ts";
import { readWeightsInfo } from "../../src/weights/weights-file.ts";
import { runCli } from "./run-cli.ts";
import { TINY_MODEL, type TinyWorld, tinyWorld } from "./tiny-world.ts";

// Every run is a process that loads an engine: slow on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

let world: TinyWorld;
let config: string;
beforeAll(async () => {
  world = await tinyWorld();
  config = join(world.folder, "tiny.yaml");
  const train = "{epochs: 2, batchSize: 2, temperature: {epochs: 1}}";
  const text = `model: {name: ${TINY_MODEL}, inputSize: [64, 64]}\ntrain: ${train}\nvalidation: {interval: 1}\n`;
  await writeFile(config, text);
});
afterAll(() => world.remove());

const train = (out: string, ...more: string[]) =>
  runCli(["train", config, "--data", world.data, "--out", join(world.folder, out), ...more]);

test("a run trains, scores and leaves all that is needed to use it", async () => {
  const { code, stdout, stderr } = await train("run-a", "--set", "train.ema=0.9");
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const folder = join(world.folder, "run-a");
  expect(stderr).toMatch(/step \d+\/\d+ {2}loss .* lr .* τ .* images\/s {2}wait \d+% {2}.* left/);
  expect(stderr).toMatch(/epoch 2: AP \S+, AP\.5 \S+, AP\.75 \S+/);
  expect(stdout).toMatch(/run-a: \d+ steps done; best AP/);
  const files = (await readdir(folder)).map((name) => name.replace(/tfevents.*/, "tfevents")).sort();
  expect(files).toEqual([
    "best.safetensors",
    "checkpoints",
    "config.yaml",
    "events.out.tfevents",
    "metrics.jsonl",
    "report.html",
  ]);
  const report = await readFile(join(folder, "report.html"), "utf8");
  expect(report).toContain(`<p class="muted">Training run of ${TINY_MODEL}</p>`);
  expect(report).toContain("Average Precision  (AP) @[ IoU=0.50:0.95");
  const info = await readWeightsInfo(join(folder, "best.safetensors"));
  expect(info).toMatchObject({ model: { name: TINY_MODEL, numKeypoints: 17 }, codec: { kind: "gaussian" } });
  expect(info.versions).toMatchObject({ node: process.version });
  const validations = (await readMetrics(join(folder, "metrics.jsonl"))).filter(
    (r) => r.kind === "validation",
  );
  expect(validations.map((r) => Object.keys(r.scores).length)).toEqual([10, 10]);

  const again = await train("run-a");
  expect(again).toMatchObject({ code: 2 });
  expect(again.stderr).toMatch(/^dypose: .*run-a: expected no run in it, got one; go on with --resume/);
  const other = await train("run-a", "--resume", "--set", "train.ema=0.9", "--set", "train.seed=5");
  expect(other.stderr).toContain("got another: train.seed 0, now 5");
});

test("a report that cannot be written is said in one line, and the run is done", async () => {
  const report = join(world.folder, "run-c", "report.html");
  await mkdir(report, { recursive: true });
  const { code, stdout, stderr } = await train("run-c", "--set", "train.epochs=1");
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/run-c: \d+ steps done; best AP/);
  expect(stderr.match(/^no report: .*report\.html: could not be written: .*$/gm)).toHaveLength(1);
});

test("a dry run says what the run would be and writes nothing", async () => {
  const before = await readdir(world.folder, { recursive: true });
  const { code, stdout } = await runCli(["train", config, "--data", world.data, "--dry-run"]);
  expect(code).toBe(0);
  for (const part of [
    "[64, 64, 3], heatmaps [16, 16, 17]",
    "parameters",
    "multiply-adds",
    "in all",
    "GiB",
    "time",
  ]) {
    expect(stdout).toContain(part);
  }
  expect(await readdir(world.folder, { recursive: true })).toEqual(before);
});

test.for<[string, () => string[], RegExp]>([
  [
    "an unknown key",
    () => [config, "--set", "train.epoch=1"],
    /train\.epoch: unknown key; did you mean train\.epochs\?/,
  ],
  [
    "an unknown model",
    () => [config, "--set", "model.name=resnet19_deconv"],
    /model\.name: .*resnet18.*got "resnet19_deconv"/,
  ],
  ["a split that is not there", () => [config, "--set", "data.trainSplit=x"], /person_keypoints_x\.json/],
  [
    "a layer to freeze that is not there",
    () => [config, "--set", "train.freeze=[neck]"],
    /train\.freeze: .*"neck"/,
  ],
])("%s is one line and exit code 2, and nothing is made", async ([, args, message]) => {
  const out = join(world.folder, "bad");
  const { code, stderr } = await runCli(["train", ...args(), "--data", world.data, "--out", out]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  await expect(readdir(out)).rejects.toThrow("ENOENT");
});

test("an image that cannot be read stops the run and is named, or is left out and counted", async () => {
  const annotations = JSON.parse(
    await readFile(join(world.data, "annotations", "person_keypoints_train2017.json"), "utf8"),
  );
  const image = join(world.data, "train2017", annotations.images[0].file_name);
  const bytes = await readFile(image);
  await writeFile(image, bytes.subarray(0, 100));
  const strict = await train("run-b");
  expect(strict.code).toBe(2);
  expect(strict.stderr).toContain(annotations.images[0].file_name);
  await rm(join(world.folder, "run-b"), { recursive: true });
  const lenient = await train("run-b", "--skip-bad-images");
  expect(lenient).toMatchObject({ code: 0 });
  expect(lenient.stdout).toContain("1 images could not be read and were left out");
  await writeFile(image, bytes);
});
