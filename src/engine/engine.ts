/** What computes: TensorFlow's own kernels on a GPU or the CPU, WebAssembly, or plain JavaScript. */
export type EngineName = "tensorflow-gpu" | "tensorflow" | "wasm" | "cpu";

/** An engine by name, or the best one that works here. */
export type EngineChoice = "auto" | EngineName;

/** Every engine, the fastest first. */
export const ENGINE_NAMES: readonly EngineName[] = ["tensorflow-gpu", "tensorflow", "wasm", "cpu"];

/** The TensorFlow that is installed unless another is asked for. */
export const TENSORFLOW_VERSION = "2.21.0";

/** The engine in use. */
export interface Engine {
  readonly name: EngineName;
  /** Version of the TensorFlow library; absent for engines without one. */
  readonly tensorflow?: string;
  /** Threads an operation may use. */
  readonly threads: number;
  /** Why this engine, and why no better one, in a sentence. */
  readonly reason: string;
}
