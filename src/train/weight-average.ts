import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { HostTensor } from "../weights/safetensors.ts";
import { allWeights, joinByWeight, splitByWeight } from "./optimizer/flat-weights.ts";

/** An exponential moving average of a model's weights, moving statistics included: steadier than the weights themselves. */
export interface WeightAverage {
  /** Takes in the present weights. @param updates Updates of the weights so far. */
  update(updates: number): void;
  /** Runs `use` with the average in the model, then puts the weights back. */
  show<T>(use: () => Promise<T>): Promise<T>;
  save(): Promise<Map<string, HostTensor>>;
  restore(saved: ReadonlyMap<string, HostTensor>): void;
  dispose(): void;
}

/**
 * @param decay Share of the old average that stays. The first updates use less, (1 + n) / (10 + n), so that the average
 * does not cling to the random weights it started with.
 */
export function averageWeights(model: LayersModel, decay: number): WeightAverage {
  const weights = allWeights(model);
  let average = weights.gather();
  const replace = (next: tf.Tensor1D) => {
    average.dispose();
    average = next;
  };
  return {
    update(updates) {
      const kept = Math.min(decay, (1 + updates) / (10 + updates));
      replace(
        tf.tidy(() => {
          const now = weights.gather();
          return tf.add<tf.Tensor1D>(now, tf.mul(tf.sub(average, now), kept));
        }),
      );
    },
    async show(use) {
      const present = weights.gather();
      weights.scatter(average);
      try {
        return await use();
      } finally {
        weights.scatter(present);
        present.dispose();
      }
    },
    async save() {
      return splitByWeight((await average.data()) as Float32Array, weights.slices, "");
    },
    restore(saved) {
      replace(tf.tensor1d(joinByWeight(saved, weights.slices, "")));
    },
    dispose() {
      average.dispose();
    },
  };
}
