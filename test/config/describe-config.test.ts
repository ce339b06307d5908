import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configJsonSchema, describeConfig } from "../../src/config/describe-config.ts";
import { loadConfig, parseConfig } from "../../src/config/load-config.ts";

const CONFIGS = readdirSync("configs", { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".yaml"),
);

test.each(CONFIGS)("the description of %s loads to the same config", async (name) => {
  const config = await loadConfig(join("configs", name));
  expect(parseConfig(describeConfig(config.task, config), name)).toEqual(config);
});

test("a setting is told with its meaning, its default and its limits", () => {
  const lines = describeConfig("keypoints").split("\n");
  const at = lines.indexOf("  # Chance of mirroring left to right.");
  expect(lines[at + 1]).toBe("  flipProbability: 0.5  # ≥ 0, ≤ 1");
  expect(lines).toContain("  # epochs:  # required, whole, > 0");
  expect(lines).toContain("  kind: gaussian  # gaussian | dark | udp");
  expect(lines).toContain("    # or {kind: cosine, end: 0}");
});

test("of several forms the chosen one is shown, with its values", () => {
  const text = "model: {name: resnet18_deconv}\ntrain: {epochs: 1, batchSize: 1, optimizer: {kind: sgd}}";
  const config = parseConfig(text, "x.yaml", ["train.optimizer.momentum=0.8"]);
  const lines = describeConfig("keypoints", config).split("\n");
  expect(lines).toContain("    kind: sgd");
  expect(lines).toContain("    momentum: 0.8  # ≥ 0, < 1");
  expect(lines).toContain("    # or {kind: adam, beta1: 0.9, beta2: 0.999, epsilon: 1e-8}");
});

test("defaults with what is required filled in load to the defaults", () => {
  const required = describeConfig("keypoints")
    .replace("# name:", "name: resnet18_deconv")
    .replace("# epochs:", "epochs: 1")
    .replace("# batchSize:", "batchSize: 2");
  const short = "model: {name: resnet18_deconv}\ntrain: {epochs: 1, batchSize: 2}";
  expect(parseConfig(required, "x.yaml")).toEqual(parseConfig(short, "y.yaml"));
});

test("JSON Schema takes what may be left out as left out", () => {
  const [keypoints] = configJsonSchema().oneOf as { required?: string[] }[];
  expect(keypoints?.required).toEqual(["model", "train"]);
});
