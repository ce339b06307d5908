import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type GraphFunction, graphFunction } from "../engine/graph/graph-function.ts";
import { modelState } from "../nn/model-state.ts";
import type { Objective } from "./objective.ts";
import type { FlatWeights } from "./optimizer/flat-weights.ts";

/**
 * The loss of a batch and its gradient, as one graph where the engine has graphs.
 *
 * Its inputs: images `[B, H, W, 3]` and the objective's targets. Its results: the loss (a scalar) and the gradient, a
 * vector over `weights`. It moves the model's batch statistics.
 */
export function lossGradient(
  model: LayersModel,
  weights: FlatWeights,
  loss: Objective["loss"],
): GraphFunction {
  return graphFunction(
    ([images, ...targets]) => {
      const { value, grads } = tf.variableGrads(
        () => loss(model.apply(images as tf.Tensor, { training: true }) as tf.Tensor, targets),
        [...weights.variables],
      );
      // A weight the loss does not depend on has no gradient.
      const ordered = weights.variables.map((weight) => grads[weight.name] ?? tf.zerosLike(weight));
      return [value, weights.gather(ordered)];
    },
    () => modelState(model),
  );
}
