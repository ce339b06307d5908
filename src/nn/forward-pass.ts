import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type GraphFunction, type GraphOptions, graphFunction } from "../engine/graph/graph-function.ts";
import { modelState } from "./model-state.ts";

/**
 * A model's forward pass as it is for inference, as a graph where the engine has graphs: one input, one result. It reads
 * the weights anew in every run, unless they are said to be frozen; the model stays the caller's, and has to outlive it.
 */
export function forwardPass(model: LayersModel, options?: GraphOptions): GraphFunction {
  return graphFunction(
    ([input]) => [model.apply(input as tf.Tensor, { training: false }) as tf.Tensor],
    () => modelState(model),
    options,
  );
}
