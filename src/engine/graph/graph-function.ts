// How a function of tensors becomes a TensorFlow graph: record-graph.ts runs it once and writes down every op it runs,
// graph-def.ts encodes that record as a SavedModel, and this file loads it into a session and keeps one graph for each
// combination of input shapes.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { type TensorflowBackend, tensorflowBackend } from "../raw-op.ts";
import { encodeSavedModel, SERVING_TAG } from "./graph-def.ts";
import { type RecordedGraph, recordGraph } from "./record-graph.ts";

/** A function of tensors and variables that may run as one graph. */
export interface GraphFunction {
  /**
   * Computes the function and assigns what it assigns.
   *
   * @param inputs Stay the caller's.
   * @returns The function's tensors, the caller's to dispose.
   */
  run(inputs: readonly tf.Tensor[]): tf.Tensor[];
  dispose(): void;
}

export interface GraphOptions {
  /**
   * How many runs with new shapes compute directly before a graph is made, which pays only for shapes that come often.
   * Their results differ from a graph's in the last bits. @default 0
   */
  readonly patience?: number;
  /**
   * The variables no longer change: their values become part of the graph, where TensorFlow prepares them once, and a
   * run passes only its inputs. Costs their memory again for each combination of shapes. @default false
   */
  readonly frozen?: boolean;
}

/**
 * Makes one TensorFlow graph of a function for every combination of input shapes it meets. On engines without graphs
 * the function simply runs.
 *
 * The first run with new shapes takes longer: the function runs once to be recorded (its assignments undone), and
 * TensorFlow optimises the graph. Every result comes from the graph, the first too, so that results do not depend on
 * what ran before (unless `patience` says otherwise).
 *
 * @param compute Pure but for assignments to `variables`; its control flow does not depend on values of tensors.
 * @param variables All state it reads or assigns.
 */
export function graphFunction(
  compute: (inputs: readonly tf.Tensor[]) => readonly tf.Tensor[],
  variables: () => readonly tf.Variable[],
  { patience = 0, frozen = false }: GraphOptions = {},
): GraphFunction {
  const runDirectly = (inputs: readonly tf.Tensor[]) => tf.tidy(() => [...compute(inputs)]);
  if (tf.getBackend() !== "tensorflow") return { run: runDirectly, dispose() {} };
  const traces = new Map<string, Trace>();
  const direct = new Map<string, number>();
  return {
    run(inputs) {
      const key = inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join();
      const runs = direct.get(key) ?? 0;
      if (runs < patience) {
        direct.set(key, runs + 1);
        return runDirectly(inputs);
      }
      const trace = traces.get(key) ?? record(compute, inputs, variables(), frozen);
      traces.set(key, trace);
      return runTrace(trace, inputs);
    },
    dispose() {
      for (const { graph } of traces.values()) graph.dispose();
      traces.clear();
    },
  };
}

interface Trace {
  readonly graph: CompiledGraph;
  readonly variables: readonly tf.Variable[];
  /** Variables the function assigns; their new values follow its outputs. */
  readonly assigned: readonly tf.Variable[];
  readonly outputs: number;
}

function record(
  compute: (inputs: readonly tf.Tensor[]) => readonly tf.Tensor[],
  inputs: readonly tf.Tensor[],
  variables: readonly tf.Variable[],
  frozen: boolean,
): Trace {
  const before = variables.map((variable) => tf.clone(variable));
  let assigned: tf.Variable[] = [];
  let count = 0;
  let recorded: RecordedGraph | undefined;
  const everything = (): tf.Tensor[] => {
    const results = compute(inputs);
    count = results.length;
    assigned = variables.filter((variable, i) => variable.dataId !== before[i]?.dataId);
    return [...results, ...assigned];
  };
  try {
    tf.tidy(() => {
      recorded = frozen
        ? recordGraph(everything, inputs, variables)
        : recordGraph(everything, [...inputs, ...variables]);
    });
  } finally {
    variables.forEach((variable, i) => void variable.assign(before[i] as tf.Tensor));
    tf.dispose(before);
  }
  if (frozen && assigned.length > 0) {
    throw new Error(`graphFunction: expected frozen variables to stay, got ${assigned[0]?.name} assigned`);
  }
  const graph = compileGraph(recorded as RecordedGraph);
  return { graph, variables: frozen ? [] : variables, assigned, outputs: count };
}

function runTrace({ graph, variables, assigned, outputs }: Trace, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const results = graph.run([...inputs, ...variables]);
  const states = results.slice(outputs);
  assigned.forEach((variable, i) => void variable.assign(states[i] as tf.Tensor));
  tf.dispose(states);
  return results.slice(0, outputs);
}

/** A graph that TensorFlow has loaded. */
interface CompiledGraph {
  /**
   * @param inputs Of the shapes and types recorded; they stay the caller's.
   * @returns The outputs, the caller's to dispose.
   */
  run(inputs: readonly tf.Tensor[]): tf.Tensor[];
  dispose(): void;
}

/**
 * Loads a recorded graph into a TensorFlow session. TensorFlow then optimises it as a whole (fuses operations, reuses
 * memory, runs independent operations side by side), and a run costs one call instead of one for each operation.
 */
function compileGraph(graph: RecordedGraph): CompiledGraph {
  const backend = tensorflowBackend();
  const id = loadSession(backend, encodeSavedModel(graph.nodes));
  const names = graph.inputs.map((name) => ({ name }));
  // TensorFlow takes each output once; a function may return one tensor twice.
  const distinct = [...new Set(graph.outputs)];
  return {
    run(inputs) {
      const fetched = backend.runSavedModel(id, inputs, names, distinct);
      return graph.outputs.map((name, i) => {
        const tensor = fetched[distinct.indexOf(name)] as tf.Tensor;
        return graph.outputs.indexOf(name) === i ? tensor : tf.clone(tensor);
      });
    },
    dispose: () => backend.deleteSavedModel(id),
  };
}

/** TensorFlow reads graphs only from a folder; this one is gone again when the function returns. */
function loadSession(backend: TensorflowBackend, savedModel: Buffer): number {
  const folder = mkdtempSync(join(tmpdir(), "dypose-graph-"));
  try {
    writeFileSync(join(folder, "saved_model.pb"), savedModel);
    return backend.loadSavedModelMetaGraph(folder, SERVING_TAG);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
