import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configDifferences } from "../../src/config/config-differences.ts";
import { formatConfig, loadConfig, parseConfig } from "../../src/config/load-config.ts";

const TEXT = "model: {name: dy-mobilenetv2-0.5_bottleneck}\ntrain: {epochs: 210, batchSize: 32}\n";
const parse = (...overrides: string[]) => parseConfig(TEXT, "x.yaml", overrides);

test("what a config leaves out has its default", () => {
  expect(parse()).toMatchObject({
    model: { inputSize: [256, 192], kernels: 4, reduction: 4 },
    codec: { kind: "gaussian", sigma: 2 },
    augment: { flipProbability: 0.5, scaleSpread: 0.35, rotationDegrees: 45 },
    train: {
      epochs: 210,
      learningRate: 1e-3,
      optimizer: { kind: "adam", beta1: 0.9 },
      loss: { kind: "mse" },
      temperature: { start: 30, end: 1, epochs: 10 },
    },
  });
});

test("overrides are YAML values at a path, made where there is none yet", () => {
  const config = parse(
    "train.batchSize=8",
    "model.inputSize=[128, 96]",
    "train.optimizer={kind: sgd, momentum: 0.5}",
    "codec.kind=dark",
    "train.temperature.start=10",
    "train.freeze=[stem, stage1]",
  );
  expect(config.train).toMatchObject({
    batchSize: 8,
    optimizer: { kind: "sgd", momentum: 0.5, nesterov: false },
    temperature: { start: 10, end: 1 },
    freeze: ["stem", "stage1"],
  });
  expect(config.model.inputSize).toEqual([128, 96]);
  expect(config).toMatchObject({ codec: { kind: "dark" } });
});

test.for([
  ["train.batchsize=8", "train.batchsize: unknown key; did you mean train.batchSize?"],
  ["epochs=3", "epochs: unknown key; did you mean train.epochs?"],
  ["train.optimizer.beta3=1", "train.optimizer.beta3: unknown key; did you mean train.optimizer.beta1?"],
  [
    "train.temperature.strat=2",
    "train.temperature.strat: unknown key; did you mean train.temperature.start?",
  ],
  ["augment.flip=1", "augment.flip: unknown key; did you mean augment.flipProbability?"],
  ["zzzzzzzz=1", "x.yaml: zzzzzzzz: unknown key"],
  // A classifier has it, but that is another task.
  ["model.dropout=0.1", /x.yaml: model.dropout: unknown key$/],
  ["train.epochs=0", "train.epochs: expected > 0, got 0"],
  ["train.epochs=2.5", "train.epochs: expected int, got 2.5"],
  ["train.epochs=many", 'train.epochs: expected number, got "many"'],
  ["train.schedule.kind=cosin", 'expected one of constant, multi-step, cosine, got "cosin"'],
  ["codec.kind=dak", 'codec.kind: expected one of gaussian, dark, udp, got "dak"'],
  ["model.inputSize=[100, 96]", "model.inputSize.0: expected a multiple of 32 pixels"],
  ["model.inputSize=[128]", "model.inputSize: expected 2 entries, got [128]"],
  ["model=3", "model: expected object, got 3"],
  ["train.batchSize", '--set: expected path=value, got "train.batchSize"'],
  ["train.epochs.x=1", "expected epochs to hold keys, got 210"],
  ["train.epochs=[1", "--set train.epochs=[1: expected a YAML value"],
] as const)("%s is an error that says where and what: %s", ([override, message]) => {
  expect(() => parse(override)).toThrow(message);
});

test("an override cannot reach beyond the config", () => {
  expect(() => parse("__proto__.polluted=1")).toThrow("x.yaml: ");
  expect(() => parse("constructor.prototype.polluted=1")).toThrow("x.yaml: ");
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test.for([
  ["a: [1", "x.yaml: expected YAML, got: "],
  ["- a", "x.yaml: expected keys and values"],
  ["", "x.yaml: model: expected object, got nothing"],
  ["model: {name: a_b}\nmodel: {name: c_d}", "x.yaml: expected YAML, got: Map keys must be unique"],
] as const)("%j is an error in one line", ([text, message]) => {
  expect(() => parseConfig(text, "x.yaml")).toThrow(message);
});

test("a missing file is named", async () => {
  await expect(loadConfig("none.yaml")).rejects.toThrow("none.yaml: expected a config file, got ENOENT");
});

test("a resolved config, written out, loads to the same config", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dypose-config-"));
  const config = parse("train.clipNorm=1", "train.schedule={kind: multi-step, milestones: [170, 200]}");
  await writeFile(join(folder, "config.yaml"), formatConfig(config));
  expect(await loadConfig(join(folder, "config.yaml"))).toEqual(config);
  await rm(folder, { recursive: true });
});

test("differences are found wherever they are, lists as a whole", () => {
  const changed = parse("model.inputSize=[128, 96]", "train.optimizer={kind: sgd}", "train.ema=0.99");
  expect(configDifferences(parse(), parse())).toEqual([]);
  expect(configDifferences(parse(), changed).map(({ path }) => path)).toEqual([
    "model.inputSize",
    "train.optimizer.kind",
    "train.optimizer.beta1",
    "train.optimizer.beta2",
    "train.optimizer.epsilon",
    "train.optimizer.momentum",
    "train.optimizer.nesterov",
    "train.ema",
  ]);
});
