import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import { bindingPath, type Device, type InstalledEngine, installedEngines } from "./engine-folder.ts";
import { keepFreedMemory } from "./malloc.ts";
import { restoreNodeUtil } from "./node-shims.ts";

const require = createRequire(import.meta.url);
const PACKAGE = "@tensorflow/tfjs-node-gpu";

/** The functions of the compiled binding that the engine itself uses. */
interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/** The TensorFlow library in this process. */
export interface LoadedTensorflow {
  readonly version: string;
  readonly device: Device;
  readonly usesGpu: boolean;
  /** Threads of one operation. */
  readonly threads: number;
  /** Whether malloc keeps freed memory. */
  readonly keepsMemory: boolean;
}

let loaded: LoadedTensorflow | undefined;

/** The TensorFlow library in this process, if there is one. */
export function loadedTensorflow(): LoadedTensorflow | undefined {
  return loaded;
}

/**
 * Makes TensorFlow the current backend, on a GPU or on the CPU. A process loads one TensorFlow library and keeps it.
 *
 * @throws {Error} Naming the command that installs what is missing.
 */
export async function startTensorflow(device: Device, threads: number): Promise<LoadedTensorflow> {
  const name = device === "gpu" ? "tensorflow-gpu" : "tensorflow";
  loaded ??= loadLibrary(chooseLibrary(device), device, threads);
  if (device === "gpu" && !loaded.usesGpu) {
    throw new Error(
      loaded.device === "gpu"
        ? `engine ${name}: expected a GPU that TensorFlow ${loaded.version} can use, got none; see its reasons with --verbose`
        : `engine ${name}: expected a process without TensorFlow, got one that already runs it on the CPU; start another`,
    );
  }
  if (device === "cpu" && loaded.usesGpu) {
    throw new Error(
      `engine ${name}: expected a process without TensorFlow, got one that already runs it on the GPU; start another`,
    );
  }
  await tf.setBackend("tensorflow");
  return loaded;
}

function chooseLibrary(device: Device): InstalledEngine {
  const engines = installedEngines();
  const choice =
    engines.find((engine) => engine.device === device) ?? (device === "cpu" ? engines[0] : undefined);
  if (!choice) {
    const name = device === "gpu" ? "tensorflow-gpu" : "tensorflow";
    throw new Error(
      `engine ${name}: expected an installed TensorFlow, got none; run "dypose engine install --${device}"`,
    );
  }
  return choice;
}

/** tfjs-node's own entry point is not used: it looks for a binding inside node_modules. */
function loadLibrary(engine: InstalledEngine, device: Device, threads: number): LoadedTensorflow {
  // The library reads these once, when it is loaded.
  process.env["TF_NUM_INTRAOP_THREADS"] ??= String(threads);
  if (device === "cpu") process.env["CUDA_VISIBLE_DEVICES"] = "-1";
  else process.env["TF_FORCE_GPU_ALLOW_GROWTH"] ??= "true";
  const keepsMemory = keepFreedMemory();
  restoreNodeUtil();

  const addon = { exports: {} as Binding };
  try {
    process.dlopen(addon, bindingPath(engine.folder));
  } catch (cause) {
    const reason = existsSync(bindingPath(engine.folder)) ? (cause as Error).message : "no binding";
    throw new Error(
      `engine: expected TensorFlow ${engine.tensorflow} in ${engine.folder} to load, got "${reason}"; run "dypose engine install --${engine.device}"`,
      { cause },
    );
  }
  const { NodeJSKernelBackend } = require(`${PACKAGE}/dist/nodejs_kernel_backend`);
  require(`${PACKAGE}/dist/register_all_kernels`);
  tf.registerBackend("tensorflow", () => new NodeJSKernelBackend(addon.exports, PACKAGE), 3);
  return {
    version: addon.exports.TF_Version,
    device: engine.device,
    usesGpu: addon.exports.isUsingGpuDevice(),
    threads: Number(process.env["TF_NUM_INTRAOP_THREADS"]),
    keepsMemory,
  };
}
