import * as tf from "@tensorflow/tfjs-core";

export interface OpTime {
  readonly op: string;
  readonly calls: number;
  /** Milliseconds in all calls together. */
  readonly ms: number;
}

type Execute = (name: string, ...rest: unknown[]) => unknown;
type ExecuteName = "executeSingleOutput" | "executeMultipleOutputs";

/**
 * Times TensorFlow's ops, which run one after another on the CPU, while `work` runs.
 *
 * @returns Ops by falling time.
 * @throws {Error} On an engine whose ops cannot be seen.
 */
export async function profileOps(work: () => Promise<void>): Promise<OpTime[]> {
  const backend = tf.backend() as unknown as Record<ExecuteName, Execute>;
  if (typeof backend.executeSingleOutput !== "function") {
    throw new Error(`profile: expected the TensorFlow engine, got ${tf.getBackend()}`);
  }
  const times = new Map<string, { calls: number; ms: number }>();
  const names: ExecuteName[] = ["executeSingleOutput", "executeMultipleOutputs"];
  const originals = names.map((name) => backend[name]);
  names.forEach((name, i) => {
    backend[name] = (op, ...rest) => {
      const start = performance.now();
      const outputs = (originals[i] as Execute).call(backend, op, ...rest);
      const entry = times.get(op) ?? { calls: 0, ms: 0 };
      times.set(op, { calls: entry.calls + 1, ms: entry.ms + performance.now() - start });
      return outputs;
    };
  });
  try {
    await work();
  } finally {
    names.forEach((name, i) => {
      backend[name] = originals[i] as Execute;
    });
  }
  return [...times].map(([op, time]) => ({ op, ...time })).sort((a, b) => b.ms - a.ms);
}
