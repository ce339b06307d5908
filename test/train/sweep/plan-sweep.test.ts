import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  combinationNames,
  combinations,
  parseSetting,
  planSweep,
  splitValues,
} from "../../../src/train/sweep/plan-sweep.ts";

const MODEL = "dy-mobilenetv2-0.35_bottleneck";
let folder: string;
let config: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-sweep-"));
  config = join(folder, "tiny.yaml");
  await writeFile(config, `model: {name: ${MODEL}}\ntrain: {epochs: 1, batchSize: 2}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

/** A value as it may stand in YAML: with commas within brackets, braces or quotes alone. */
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, depthIdentifier: "value" },
    fc.stringMatching(/^[a-z0-9.-]{1,8}$/),
    fc.stringMatching(/^[a-z,[{ ]{1,6}$/).map((text) => `"${text}"`),
    fc.array(tie("value"), { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(",")}]`),
    tie("value").map((inner) => `{a: ${inner}, b: 1}`),
  ),
}));

test("values joined by commas come apart again, whatever they hold in brackets and quotes", () => {
  fc.assert(
    fc.property(fc.uniqueArray(value, { minLength: 1, maxLength: 4 }), (values) => {
      expect(splitValues(values.join(","))).toEqual(values);
      expect(parseSetting(`train.x=${values.join(", ")}`)).toEqual({ key: "train.x", values });
    }),
  );
});

test.for<[string, string, string[]]>([
  ["model.inputSize=[128,96],[256,192]", "model.inputSize", ["[128,96]", "[256,192]"]],
  ["model.inputSize=[128, 96]", "model.inputSize", ["[128, 96]"]],
  [
    "train.schedule={kind: cosine, end: 0.1},{kind: constant}",
    "train.schedule",
    ["{kind: cosine, end: 0.1}", "{kind: constant}"],
  ],
  ["a=b=c,d", "a", ["b=c", "d"]],
])("%s is read", ([text, key, values]) => {
  expect(parseSetting(text)).toEqual({ key, values });
});

test("all combinations are made, the last key's values changing fastest", () => {
  const settings = [
    { key: "a", values: ["1", "2"] },
    { key: "b", values: ["x", "y"] },
  ];
  expect(combinations(settings)).toEqual([
    ["1", "x"],
    ["1", "y"],
    ["2", "x"],
    ["2", "y"],
  ]);
  expect(combinations([])).toEqual([[]]);
});

test("names are readable, safe for folders and never the same", () => {
  const keys = ["model.kernels", "augment.scaleSpread"];
  expect(combinationNames(keys, [["4", "0.1"]])).toEqual(["kernels-4_scaleSpread-0.1"]);
  expect(combinationNames(["a.end", "b.end"], [["1", "[64, 96]"]])).toEqual(["a.end-1_b.end-64-96"]);
  expect(combinationNames(["a"], [["x/y"], ["x y"], ["-1"], ["../.."]])).toEqual([
    "a-x-y",
    "a-x-y_2",
    "a--1",
    "a-..-..",
  ]);
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 8 }), (values) => {
      const names = combinationNames(
        ["train.x"],
        values.map((each) => [each]),
      );
      expect(new Set(names).size).toBe(values.length);
      for (const name of names) expect(name).toMatch(/^x-[A-Za-z0-9.+_-]+$/);
    }),
  );
});

test("a plan has a run for every combination and seed, each with its own config", async () => {
  const settings = ["train.epochs=3", "model.kernels=1,2", "model.inputSize=[64,64],[64,96]"];
  const plan = await planSweep(config, settings, 2);
  expect(plan).toMatchObject({
    fixed: ["train.epochs=3"],
    keys: ["model.kernels", "model.inputSize"],
    titles: ["kernels", "inputSize"],
  });
  const runs = plan.combinations.flatMap((combination) => combination.runs);
  expect(runs.map(({ name }) => name)).toEqual([
    "kernels-1_inputSize-64-64_seed-0",
    "kernels-1_inputSize-64-64_seed-1",
    "kernels-1_inputSize-64-96_seed-0",
    "kernels-1_inputSize-64-96_seed-1",
    "kernels-2_inputSize-64-64_seed-0",
    "kernels-2_inputSize-64-64_seed-1",
    "kernels-2_inputSize-64-96_seed-0",
    "kernels-2_inputSize-64-96_seed-1",
  ]);
  expect(runs[7]?.config).toMatchObject({
    model: { kernels: 2, inputSize: [64, 96] },
    train: { epochs: 3, seed: 1 },
  });
  const alone = await planSweep(config, [], 1);
  expect(alone.combinations.map(({ runs }) => runs.map(({ name }) => name))).toEqual([["seed-0"]]);
});

test.for<[string, string[], RegExp]>([
  ["an unknown key", ["train.epoch=1,2"], /train\.epoch: unknown key; did you mean train\.epochs\?$/],
  ["a bad value among good ones", ["train.epochs=1,none"], /train\.epochs: expected number, got "none"$/],
  ["a model that is not there", [`model.name=${MODEL},resnet19_deconv`], /model\.name: .*"resnet19_deconv"$/],
  ["no key", ["=1"], /^--set: expected path=value or path=value,value…, got "=1"$/],
  [
    "an empty value",
    ["train.epochs=1,"],
    /^--set train\.epochs=1,: expected a value beside each comma, got nothing$/,
  ],
  ["a value twice", ["train.epochs=1,2,1"], /expected different values, got 1 twice$/],
  [
    "a value twice in other words",
    ["train.learningRate=0.1,1e-1"],
    /^--set train\.learningRate: expected different values, got 0\.1 and 1e-1, which are the same$/,
  ],
  [
    "a key twice",
    ["train.epochs=1,2", "train.epochs=3"],
    /^--set train\.epochs: expected once, got it twice; .*=1,2$/,
  ],
  ["the seed", ["train.seed=1,2"], /^--set train\.seed: expected --seeds to decide it, got a value$/],
])("%s is refused in one line", async ([, settings, message]) => {
  await expect(planSweep(config, settings, 2)).rejects.toThrow(message);
});
