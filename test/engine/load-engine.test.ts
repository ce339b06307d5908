import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EngineChoice } from "../../src/engine/engine.ts";
import { bindingPath, engineFolder, installedEngines, manifestPath } from "../../src/engine/engine-folder.ts";
import { loadEngine } from "../../src/engine/load-engine.ts";

const hasTensorflow = installedEngines().some(({ device }) => device === "cpu");
const empty = mkdtempSync(join(tmpdir(), "dypose-cache-"));

beforeAll(() => {
  // From here on this process sees an empty cache; processes that it starts see what they are told.
  process.env["XDG_CACHE_HOME"] = empty;
});

afterAll(() => rmSync(empty, { recursive: true }));

/** Runs a process that loads an engine, computes, prints it as JSON and ends by itself. */
function inProcess(choice: EngineChoice, env: NodeJS.ProcessEnv = {}) {
  const script = fileURLToPath(new URL("load-process.ts", import.meta.url));
  const { XDG_CACHE_HOME: _, TF_CPP_MIN_LOG_LEVEL: __, ...inherited } = process.env;
  return spawnSync(process.execPath, ["--import", "tsx", script, choice], {
    env: { ...inherited, ...env },
    encoding: "utf8",
    timeout: 50_000,
  });
}

test("an engine that does not exist is refused, with the names of those that do", async () => {
  await expect(loadEngine("webgl" as EngineChoice)).rejects.toThrow(
    'expected one of auto, tensorflow-gpu, tensorflow, wasm, cpu, got "webgl"',
  );
});

test("TensorFlow that is not installed is an error that names the command which installs it", async () => {
  await expect(loadEngine("tensorflow")).rejects.toThrow('run "dypose engine install --cpu"');
  await expect(loadEngine("tensorflow-gpu")).rejects.toThrow('run "dypose engine install --gpu"');
});

test("auto takes wasm where TensorFlow is not installed, and says how to get it", async () => {
  const engine = await loadEngine("auto");
  expect(engine.name).toBe("wasm");
  expect(engine.tensorflow).toBeUndefined();
  expect(engine.reason).toMatch(/expected an installed TensorFlow, got none; run "dypose engine install/);
});

test("a TensorFlow that does not load is an error that names the command which repairs it", async () => {
  const folder = engineFolder("2.21.0", "cpu");
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifestPath(folder), JSON.stringify({ tensorflow: "2.21.0", device: "cpu" }));
  writeFileSync(bindingPath(folder), "not a library");
  try {
    await expect(loadEngine("tensorflow")).rejects.toThrow(
      /to load, got ".+"; run "dypose engine install --cpu"/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("loading an engine again changes nothing, and loading another moves tensors when they are used", async () => {
  const first = await loadEngine("wasm");
  const before = tf.memory().numTensors;
  const x = tf.tensor1d([1, 2, 3]);
  expect(await loadEngine("wasm")).toEqual(first);
  expect((await loadEngine("cpu")).name).toBe("cpu");
  const doubled = tf.mul(x, 2);
  await loadEngine("wasm");
  const sum = tf.sum(doubled);
  expect(tf.getBackend()).toBe("wasm");
  expect(sum.dataSync()[0]).toBe(12); // 2 + 4 + 6
  tf.dispose([x, doubled, sum]);
  expect(tf.memory().numTensors).toBe(before);
});

test("loads that are asked for at once are done one after the other", async () => {
  const engines = await Promise.all([loadEngine("cpu"), loadEngine("wasm"), loadEngine("cpu")]);
  expect(engines.map(({ name }) => name)).toEqual(["cpu", "wasm", "cpu"]);
  expect(tf.getBackend()).toBe("cpu");
});

test("wasm leaves the process as it found it: handlers, workers' class, processors", async () => {
  const os = await import("node:os");
  await loadEngine("wasm");
  const handlers = process.listeners("unhandledRejection").map(String);
  expect(handlers.filter((handler) => handler.includes("throw reason"))).toEqual([]);
  expect("Worker" in globalThis).toBe(false);
  expect(os.cpus().length).toBe(os.default.cpus().length);
  expect(os.cpus()[0]?.model).toBe(os.default.cpus()[0]?.model);
});

test("a process on wasm with threads computes in silence and ends by itself", () => {
  const { status, stdout, stderr } = inProcess("wasm", { DYPOSE_THREADS: "2" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ name: "wasm", threads: 2, center: 9 }); // 3 × 3 ones
});

test("a process on plain JavaScript computes in silence and ends by itself", () => {
  const { status, stdout, stderr } = inProcess("cpu");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ name: "cpu", threads: 1, center: 9 });
});

test.skipIf(!hasTensorflow)(
  "a process on TensorFlow computes in silence and ends by itself (skips: not installed)",
  () => {
    const { status, stdout, stderr } = inProcess("tensorflow", { DYPOSE_THREADS: "1" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const engine = JSON.parse(stdout);
    expect(engine).toMatchObject({ name: "tensorflow", threads: 1, center: 9 });
    expect(engine.tensorflow).toMatch(/^\d+\.\d+\.\d+$/);
  },
);
