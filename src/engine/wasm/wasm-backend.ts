import * as tf from "@tensorflow/tfjs-core";
import { registerTrainingKernels } from "./register-training-kernels.ts";
import { MAX_WASM_THREADS, wasmFolder, withWorkerThreads } from "./worker-threads.ts";

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
  // tfjs says no to threads under Node without trying (issue 3830).
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", wanted > 1);
  registerTrainingKernels();
  const works = await withWorkerThreads(wanted, () => tf.setBackend("wasm"));
  if (!works)
    throw new Error("engine wasm: expected WebAssembly with SIMD, got a backend that does not start");
  started = wanted > 1 ? wasm.getThreadsCount() : 1;
  return started;
}
