import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** What a layer of ours reads or changes beside its weights: a temperature, a key of random numbers. */
interface Stateful {
  readonly state?: readonly tf.Variable[];
}

/** All variables that a model's output depends on, or that a training pass changes: weights, statistics, layers' state. */
export function modelState(model: LayersModel): tf.Variable[] {
  const weights = model.weights.map((weight) => weight.read() as tf.Variable);
  return [...weights, ...model.layers.flatMap((layer) => (layer as Stateful).state ?? [])];
}
