import type { LayersModel } from "@tensorflow/tfjs-layers";
import { buildModel } from "../models/build-model.ts";
import type { ModelSpec } from "../models/model-spec.ts";
import { initialiseFromFile } from "../weights/initialise-weights.ts";

interface Start {
  /** Of the first weights. */
  readonly seed: number;
  /** Starts of layers' names: those neither train nor follow the data with their moving statistics. */
  readonly freeze: readonly string[];
  /** A weights file to start from. */
  readonly initialWeights?: string | undefined;
}

/**
 * Builds a network as training begins it. The caller disposes the model.
 *
 * @returns The model, and the names of the weights taken from `initialWeights`.
 */
export async function startModel(
  spec: ModelSpec,
  { seed, freeze, initialWeights }: Start,
): Promise<{ model: LayersModel; startedFrom: string[] }> {
  const model = buildModel({ ...spec, seed });
  try {
    freezeLayers(model, freeze);
    return { model, startedFrom: initialWeights ? await initialiseFromFile(model, initialWeights) : [] };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function freezeLayers(model: LayersModel, prefixes: readonly string[]): void {
  for (const prefix of prefixes) {
    const layers = model.layers.filter(({ name }) => name.startsWith(prefix));
    if (layers.length === 0) {
      throw new Error(`train.freeze: expected the start of a layer's name, got ${JSON.stringify(prefix)}`);
    }
    for (const layer of layers) layer.trainable = false;
  }
}
