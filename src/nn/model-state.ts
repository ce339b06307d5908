import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { dynamicLayers } from "./temperature.ts";

/** All variables that a model's output depends on, or that a training pass changes: weights, statistics, temperature. */
export function modelState(model: LayersModel): tf.Variable[] {
  const weights = model.weights.map((weight) => weight.read() as tf.Variable);
  return [...weights, ...dynamicLayers(model).flatMap((layer) => layer.state)];
}
