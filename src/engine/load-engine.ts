import { availableParallelism } from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import type { Engine, EngineChoice } from "./engine.ts";
import { installedEngines } from "./engine-folder.ts";
import { keepFreedMemory } from "./malloc.ts";
import { registerTensorflow } from "./tensorflow-backend.ts";

export type { Engine, EngineChoice, EngineName } from "./engine.ts";

export interface LoadOptions {
  /** Let TensorFlow print its own log lines. @default false */
  readonly verbose?: boolean;
}

/** Makes tfjs run on the engine chosen. */
export async function loadEngine(choice: EngineChoice, options: LoadOptions = {}): Promise<Engine> {
  if (!options.verbose) process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
  const threads = availableParallelism();
  if (choice === "wasm") {
    await import("@tensorflow/tfjs-backend-wasm");
    await tf.setBackend("wasm");
    return { name: "wasm", threads: 1, reason: "asked for" };
  }
  if (choice === "cpu") {
    await import("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    return { name: "cpu", threads: 1, reason: "asked for" };
  }
  const [installed] = installedEngines();
  if (!installed) throw new Error('engine: expected TensorFlow, got none; run "dypose engine install"');
  if (!tf.findBackendFactory("tensorflow")) {
    keepFreedMemory();
    registerTensorflow(installed.folder);
  }
  await tf.setBackend("tensorflow");
  return { name: "tensorflow", tensorflow: installed.tensorflow, threads, reason: "asked for" };
}
