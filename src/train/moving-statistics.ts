import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/**
 * Remembers the weights that a forward pass changes (batch norm's moving statistics), to undo a step that failed.
 * Nothing is copied: the values are shared until they are replaced.
 */
export function keepStatistics(model: LayersModel): { restore(): void; dispose(): void } {
  const kept = model.nonTrainableWeights.map((weight) => ({ weight, value: tf.clone(weight.read()) }));
  return {
    restore() {
      for (const { weight, value } of kept) weight.write(value);
    },
    dispose() {
      tf.dispose(kept.map(({ value }) => value));
    },
  };
}
