import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { encodeSavedModel, SERVING_TAG } from "./graph-def.ts";
import type { RecordedGraph } from "./record-graph.ts";

/** A graph in TensorFlow's hands. */
export interface CompiledGraph {
  /**
   * @param inputs Of the shapes and types recorded; they stay the caller's.
   * @returns The outputs, the caller's to dispose.
   */
  run(inputs: readonly tf.Tensor[]): tf.Tensor[];
  dispose(): void;
}

/** The part of tfjs-node's backend that runs whole graphs. */
interface GraphBackend {
  loadSavedModelMetaGraph(folder: string, tags: string): number;
  runSavedModel(
    id: number,
    inputs: readonly tf.Tensor[],
    names: readonly { name: string }[],
    outputs: readonly string[],
  ): tf.Tensor[];
  deleteSavedModel(id: number): void;
}

/**
 * Loads a recorded graph into a TensorFlow session. TensorFlow then optimises it as a whole (fuses operations, reuses
 * memory, runs what is independent side by side), and a run costs one call instead of one an operation.
 */
export function compileGraph(graph: RecordedGraph): CompiledGraph {
  const backend = tf.backend() as unknown as GraphBackend;
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

/** TensorFlow reads graphs from a folder alone; it is gone again when this returns. */
function loadSession(backend: GraphBackend, savedModel: Buffer): number {
  const folder = mkdtempSync(join(tmpdir(), "dypose-graph-"));
  try {
    writeFileSync(join(folder, "saved_model.pb"), savedModel);
    return backend.loadSavedModelMetaGraph(folder, SERVING_TAG);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
