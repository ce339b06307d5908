import util from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { bindingPath, type Device, type InstalledEngine, installedEngines } from "./engine-folder.ts";
import { keepFreedMemory, withCapturedStderr } from "./libc.ts";
import { loadTfjsNode, TFJS_NODE } from "./tfjs-node.ts";

/** The functions of the compiled binding that the engine itself uses. */
interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/** The TensorFlow library in this process. */
interface LoadedTensorflow {
  readonly version: string;
  readonly device: Device;
  readonly usesGpu: boolean;
  /** The first error it printed while it was loaded for a GPU. */
  readonly complaint: string | undefined;
  /** Threads of one operation. */
  readonly threads: number;
  /** Whether malloc keeps freed memory. */
  readonly keepsMemory: boolean;
}

interface TensorflowOptions {
  /** Threads of one operation. */
  readonly threads: number;
  /** Let TensorFlow print its own log lines. */
  readonly verbose: boolean;
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
export async function startTensorflow(device: Device, options: TensorflowOptions): Promise<LoadedTensorflow> {
  const name = device === "gpu" ? "tensorflow-gpu" : "tensorflow";
  loaded ??= loadLibrary(chooseLibrary(device), device, options);
  if (device === "gpu" && !loaded.usesGpu) {
    throw new Error(
      loaded.device === "gpu"
        ? `engine ${name}: expected a GPU that TensorFlow ${loaded.version} can use, got "${loaded.complaint ?? "none"}"; --verbose shows more, --engine tensorflow uses the CPU`
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

/** Loads library and binding. (tfjs-node's own entry point looks for a binding inside node_modules.) */
function loadLibrary(
  engine: InstalledEngine,
  device: Device,
  { threads, verbose }: TensorflowOptions,
): LoadedTensorflow {
  const keepsMemory = keepFreedMemory();
  restoreNodeUtil();
  const { NodeJSKernelBackend } = loadTfjsNode(engine.folder);

  const settings = {
    TF_CPP_MIN_LOG_LEVEL: logLevel(device, verbose),
    TF_NUM_INTRAOP_THREADS: String(threads),
    // By itself TensorFlow uses oneDNN only on processors with AVX-512 VNNI; with AVX2 it is faster as well.
    ...(process.arch === "x64" ? { TF_ENABLE_ONEDNN_OPTS: "1" } : {}),
    TF_FORCE_GPU_ALLOW_GROWTH: "true",
    ...(device === "cpu" ? { CUDA_VISIBLE_DEVICES: "-1" } : {}),
  };
  const open = () => withEnvironment(settings, () => openBinding(engine));
  // Only standard error says why there is no GPU; and there oneDNN says, whatever the log level, that it is in use.
  const { result: binding, text } = verbose ? { result: open(), text: "" } : withCapturedStderr(open);
  tf.registerBackend("tensorflow", () => new NodeJSKernelBackend(binding, TFJS_NODE.name), 3);
  return {
    version: binding.TF_Version,
    device: engine.device,
    usesGpu: binding.isUsingGpuDevice(),
    complaint: firstError(text),
    threads: Number(process.env["TF_NUM_INTRAOP_THREADS"] ?? threads),
    keepsMemory,
  };
}

/** TensorFlow's own setting: 0 prints everything, 2 errors, 3 only what ends the process. */
function logLevel(device: Device, verbose: boolean): string {
  if (verbose) return "0";
  return device === "gpu" ? "2" : "3";
}

/** The message of the first line that TensorFlow marks as an error: `E0000 … file.cc:52] message`. */
function firstError(text: string): string | undefined {
  return /^E.*?\] (.+)$/m.exec(text)?.[1];
}

function openBinding({ folder, tensorflow, device }: InstalledEngine): Binding {
  const addon = { exports: {} as Binding };
  try {
    process.dlopen(addon, bindingPath(folder));
    return addon.exports;
  } catch (cause) {
    throw new Error(
      `engine: expected TensorFlow ${tensorflow} in ${folder} to load, got "${(cause as Error).message}"; run "dypose engine install --${device}"`,
      { cause },
    );
  }
}

/** Runs `load` with environment variables that TensorFlow reads while it is loaded. What the user has set stays. */
function withEnvironment<T>(settings: Record<string, string>, load: () => T): T {
  const added = Object.keys(settings).filter((name) => process.env[name] === undefined);
  for (const name of added) process.env[name] = settings[name];
  try {
    return load();
  } finally {
    for (const name of added) delete process.env[name];
  }
}

/** Replaces functions of `util` that tfjs-node still calls: Node 22 warns of them, Node 23 no longer has them. */
function restoreNodeUtil(): void {
  const target = util as unknown as Record<string, unknown>;
  target["isNullOrUndefined"] = (value: unknown) => value === null || value === undefined;
  target["isArray"] = Array.isArray;
}
