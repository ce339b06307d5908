import * as tf from "@tensorflow/tfjs-core";
// tfjs-core's build for Node has no gradients: this package registers them.
import "@tensorflow/tfjs-layers";
import { bestEngine } from "./best-engine.ts";
import { ENGINE_NAMES, type Engine, type EngineChoice, type EngineName } from "./engine.ts";
import { startTensorflow } from "./tensorflow-backend.ts";
import { defaultThreads } from "./threads.ts";
import { startWasm } from "./wasm/wasm-backend.ts";

interface LoadOptions {
  /** Let TensorFlow print its own log lines. @default false */
  readonly verbose?: boolean | undefined;
  /** Threads an operation may use. @default one for each physical core, or DYPOSE_THREADS */
  readonly threads?: number | undefined;
}

type Started = Omit<Engine, "name" | "reason">;

let previous: Promise<unknown> = Promise.resolve();

/**
 * Makes tfjs run on the chosen engine: from then on `@tensorflow/tfjs-core` computes with it. It may be called again,
 * with another choice too; tensors move to the new engine when they are next used.
 *
 * "auto" takes the best engine that works and says in `reason` why it was not a better one.
 *
 * @throws {RangeError} If there is no engine of that name.
 * @throws {Error} If the engine named does not work, naming the command that repairs it.
 */
export function loadEngine(choice: EngineChoice, options: LoadOptions = {}): Promise<Engine> {
  const load = () => (choice === "auto" ? loadBest(options) : loadNamed(choice, options));
  // One at a time: starting an engine changes the state of the whole process.
  const engine = previous.then(load, load);
  previous = engine;
  return engine;
}

async function loadBest(options: LoadOptions): Promise<Engine> {
  const best = bestEngine();
  const failures: string[] = [];
  for (const name of ENGINE_NAMES.slice(ENGINE_NAMES.indexOf(best.name))) {
    try {
      const started = await start(name, options);
      const reason = failures.length > 0 ? failures.join("; ") : `the best engine here: ${best.reason}`;
      return { name, ...started, reason };
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new Error(`engine auto: expected an engine that works, got none: ${failures.join("; ")}`);
}

async function loadNamed(name: EngineName, options: LoadOptions): Promise<Engine> {
  if (!ENGINE_NAMES.includes(name)) {
    throw new RangeError(`engine: expected one of auto, ${ENGINE_NAMES.join(", ")}, got "${name}"`);
  }
  return { name, ...(await start(name, options)), reason: "asked for by name" };
}

async function start(
  name: EngineName,
  { verbose = false, threads = defaultThreads() }: LoadOptions,
): Promise<Started> {
  switch (name) {
    case "tensorflow-gpu":
    case "tensorflow": {
      const library = await startTensorflow(name === "tensorflow" ? "cpu" : "gpu", { threads, verbose });
      return { tensorflow: library.version, threads: library.threads };
    }
    case "wasm":
      return { threads: await startWasm(threads) };
    case "cpu":
      return { threads: await startCpu() };
  }
}

/** tfjs's plain JavaScript. */
async function startCpu(): Promise<number> {
  await import("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend("cpu");
  // It would recommend tfjs-node on the first use.
  (tf.backend() as { firstUse?: boolean }).firstUse = false;
  return 1;
}
