import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readMetrics } from "../../src/run/metrics-file.ts";
import { readWeightsFile } from "../../src/weights/weights-file.ts";
import { drawClasses } from "../datasets/classes/class-images.ts";
import { testEngine } from "../engine.ts";
import { runCli } from "./run-cli.ts";

// Every run is a process that loads an engine: slow on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

let folder: string;
let config: string;
beforeAll(async () => {
  await testEngine();
  folder = await mkdtemp(join(tmpdir(), "dypose-classifier-"));
  await drawClasses(join(folder, "data", "train"), 16, 1);
  await drawClasses(join(folder, "data", "val"), 4, 2);
  config = join(folder, "shapes.yaml");
  await writeFile(
    config,
    "task: classification\n" +
      "model: {name: dy-mobilenetv2-0.35_classifier, inputSize: [32, 32]}\n" +
      "augment: {area: [0.5, 1]}\n" +
      "train: {epochs: 8, batchSize: 12, learningRate: 0.003, schedule: {kind: cosine}, temperature: {end: 30}}\n" +
      "validation: {interval: 4}\n",
  );
});
afterAll(() => rm(folder, { recursive: true }));

const train = (out: string, ...more: string[]) =>
  runCli(["train", config, "--data", join(folder, "data"), "--out", join(folder, out), ...more]);

test("a classifier learns shapes, and its weights name the classes", async () => {
  const { code, stdout, stderr } = await train("run");
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain("48 images of 3 classes");
  expect(stdout).toMatch(/run: 32 steps done; best top1 \d\.\d{3} after step/);
  const records = await readMetrics(join(folder, "run", "metrics.jsonl"));
  const losses = records.flatMap((record) => (record.kind === "step" ? [record.loss] : []));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(losses.slice(-8))).toBeLessThan(0.8 * mean(losses.slice(0, 4)));
  const scores = records.flatMap((record) => (record.kind === "validation" ? [record.scores] : []));
  expect(scores.map((score) => Object.keys(score))).toEqual([
    ["top1", "top5"],
    ["top1", "top5"],
  ]);
  expect(scores.at(-1)?.["top5"]).toBe(1);
  expect(records.some((record) => record.kind === "attention" && record.layers.length > 10)).toBe(true);
  const report = await readFile(join(folder, "run", "report.html"), "utf8");
  expect(report).toContain("top1, best: epoch");
  expect(report).toContain("48 images of 3 classes of train");
  const { info } = await readWeightsFile(join(folder, "run", "best.safetensors"));
  expect(info).toMatchObject({ classes: ["disc", "square", "triangle"], model: { numClasses: 3 } });
});

test("a run stopped and resumed gives the weights of one that was not", async () => {
  const epochs = (count: number) => [
    "--set",
    `train.epochs=${count}`,
    "--set",
    "train.schedule={kind: constant}",
  ];
  await train("straight", ...epochs(2));
  await train("parts", ...epochs(1));
  expect(await train("parts", "--resume", ...epochs(2))).toMatchObject({ code: 0 });
  const tensorsOf = async (run: string) =>
    (await readWeightsFile(join(folder, run, "checkpoints", "step-000000008.safetensors"))).tensors;
  expect(await tensorsOf("parts")).toEqual(await tensorsOf("straight"));
});

test("what does not fit is one line", async () => {
  const keypoints = await train("bad", "--set", "model.name=resnet18_deconv");
  expect(keypoints.code).toBe(2);
  expect(keypoints.stderr).toMatch(/model\.name: expected <backbone>_classifier.*got "resnet18_deconv"/);
  const task = await train("bad", "--set", "task=keypoints");
  expect(task.stderr).toMatch(
    /expected a keypoint network \(a classifier's config has task: classification\)/,
  );
  const data = await runCli(["train", config, "--data", folder, "--out", join(folder, "bad")]);
  expect(data).toMatchObject({ code: 2 });
  expect(data.stderr).toMatch(/train: expected a folder of class folders, got ENOENT/);
});
