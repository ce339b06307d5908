import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load-config.ts";
import { parseModelName } from "../../src/models/model-name.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FILES = readdirSync(`${ROOT}configs`, { recursive: true, encoding: "utf8" }).filter((f) =>
  f.endsWith(".yaml"),
);

test.for(FILES)(
  "configs/%s is a valid experiment, and its header says how to run it and what to expect",
  (file) => {
    const text = readFileSync(`${ROOT}configs/${file}`, "utf8");
    const config = parseConfig(text, file);
    expect(() => parseModelName(config.model.name)).not.toThrow();
    const header = text.split("\n").filter((line) => line.startsWith("#"));
    expect(header.join("\n")).toMatch(/^# Command: .*^# Expected: /ms);
  },
);

test.for(FILES.filter((file) => file.includes("/")))("configs/%s is the network its name says", (file) => {
  const { task, model, train } = parseConfig(readFileSync(`${ROOT}configs/${file}`, "utf8"), file);
  const name = task === "classification" ? model.name.replace(/_classifier$/, "") : model.name;
  expect(basename(file, ".yaml")).toBe(`${name}_${model.inputSize.join("x")}`);
  if (!file.startsWith("coco")) return;
  expect(train).toMatchObject({ epochs: 210, learningRate: 1e-3, schedule: { milestones: [170, 200] } });
});
