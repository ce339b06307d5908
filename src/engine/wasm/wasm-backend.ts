// tfjs's WebAssembly backend under Node. This file starts it with threads and adds the kernels that training needs:
// input-gradients.ts and filter-gradients.ts compute the gradients of a convolution as convolutions, on the axes that
// convolution-geometry.ts describes.
import { createRequire } from "node:module";
import os from "node:os";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { conv2dBackpropFilter, depthwiseConv2dBackpropFilter } from "./filter-gradients.ts";
import { conv2dBackpropInput, depthwiseConv2dBackpropInput } from "./input-gradients.ts";
import { wasmKernel } from "./wasm-kernel.ts";

const require = createRequire(import.meta.url);
const WASM_PACKAGE = "@tensorflow/tfjs-backend-wasm";

/** Workers that the WebAssembly build starts with; it cannot use more threads than that. */
const MAX_WASM_THREADS = 8;

let started: number | undefined;

/**
 * Starts tfjs's WebAssembly backend with SIMD and threads, adds the kernels that training needs and makes it
 * the current backend.
 *
 * @param threads At most {@link MAX_WASM_THREADS} are used.
 * @returns The number of threads in use: those of the first call, whatever later calls ask for.
 */
export async function startWasm(threads: number): Promise<number> {
  if (started !== undefined) {
    await tf.setBackend("wasm");
    return started;
  }
  // Imported here: it registers itself with tfjs as soon as it is loaded.
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  const wanted = Math.min(threads, MAX_WASM_THREADS);
  wasm.setWasmPaths(wasmFolder());
  wasm.setThreadsCount(wanted);
  // tfjs rules threads out under Node without trying (issue 3830).
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", wanted > 1);
  registerTrainingKernels();
  const works = await withWorkerThreads(wanted, () => tf.setBackend("wasm"));
  if (!works) {
    throw new Error("engine wasm: expected WebAssembly with SIMD, got a backend that does not start");
  }
  started = wanted > 1 ? wasm.getThreadsCount() : 1;
  return started;
}

/** Gives tfjs's WebAssembly backend the kernels that training needs: four it lacks and one that is slow there. */
function registerTrainingKernels(): void {
  tf.unregisterKernel(tf.Conv2DBackpropInput, "wasm");
  tf.registerKernel(conv2dBackpropInput);
  tf.registerKernel(conv2dBackpropFilter);
  tf.registerKernel(depthwiseConv2dBackpropInput);
  tf.registerKernel(depthwiseConv2dBackpropFilter);
  tf.registerKernel(unsortedSegmentSum);
}

/** Sums the rows of x that have the same segment id (the gradient of `gather`): a product with the ids' one-hot rows. */
const unsortedSegmentSum = wasmKernel<{ x: tf.Tensor; segmentIds: tf.Tensor1D }, tf.UnsortedSegmentSumAttrs>(
  tf.UnsortedSegmentSum,
  ({ x, segmentIds }, { numSegments }) => {
    const [numRows = 0, ...rowShape] = x.shape;
    const rows = tf.reshape(tf.cast(x, "float32"), [numRows, -1]);
    const segments = tf.cast(tf.transpose(tf.oneHot(segmentIds, numSegments)), "float32"); // [segments, rows]
    return tf.reshape(tf.cast(tf.matMul(segments, rows), x.dtype), [numSegments, ...rowShape]);
  },
);

/** Folder of the `.wasm` files and their loaders, with a slash at its end as `setWasmPaths` wants it. */
function wasmFolder(): string {
  return join(dirname(require.resolve(`${WASM_PACKAGE}/package.json`)), "wasm-out/");
}

/**
 * Runs `start`, which starts the threaded WebAssembly build, with Node changed so that the build can work in it.
 *
 * The build is made for browsers and breaks under Node in four places (tfjs issue 3830). Each is worked around while it
 * starts, and put back afterwards:
 * - it starts workers from blob URLs, which Node's workers do not take;
 * - its workers keep the process alive;
 * - it uses half the cores that `os.cpus` counts, whatever number of threads was asked for;
 * - it installs handlers that turn any later uncaught error into a second one.
 */
async function withWorkerThreads<T>(threads: number, start: () => Promise<T>): Promise<T> {
  const workerThreads: typeof import("node:worker_threads") = require("node:worker_threads");
  const { Worker } = workerThreads;
  const { cpus } = os;
  const scope = globalThis as { Worker?: unknown };
  const globalWorker = Object.getOwnPropertyDescriptor(scope, "Worker");
  const listeners = FATAL_EVENTS.map((event) => process.listeners(event as "uncaughtException"));

  workerThreads.Worker = wasmWorkerClass(Worker);
  os.cpus = () => Array.from({ length: 2 * threads }, () => cpus()[0] as os.CpuInfo);
  try {
    return await start();
  } finally {
    workerThreads.Worker = Worker;
    os.cpus = cpus;
    if (globalWorker) Object.defineProperty(scope, "Worker", globalWorker);
    else delete scope.Worker;
    FATAL_EVENTS.forEach((event, index) => {
      for (const listener of process.listeners(event as "uncaughtException")) {
        if (!listeners[index]?.includes(listener)) process.removeListener(event, listener);
      }
    });
  }
}

const FATAL_EVENTS = ["uncaughtException", "unhandledRejection"];

/** A worker that runs the build's own worker script whatever URL it is given. */
function wasmWorkerClass(Worker: typeof import("node:worker_threads").Worker) {
  const loader = join(wasmFolder(), "tfjs-backend-wasm-threaded-simd.js");
  const { wasmWorkerContents } = require(join(wasmFolder(), "tfjs-backend-wasm-threaded-simd.worker.js"));
  // The script is a template literal whose "\n" have become line breaks inside its string constants; and
  // __filename means nothing in a worker that has no file.
  const script = String(wasmWorkerContents)
    .replaceAll("\n", "\\n")
    .replace("location:{href:__filename}", `location:{href:""}`);

  return class extends Worker {
    constructor() {
      super(script, { eval: true });
    }

    override ref(): void {
      // A worker computes for the main thread only: it must not keep the process alive.
    }

    override postMessage(message: unknown): void {
      const isLoad = (message as { cmd?: string }).cmd === "load";
      super.postMessage(isLoad ? { ...(message as object), urlOrBlob: loader } : message);
    }
  };
}
