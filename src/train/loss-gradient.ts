import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type GraphFunction, graphFunction } from "../engine/graph/graph-function.ts";
import { modelState } from "../nn/model-state.ts";
import type { HeatmapLoss } from "./loss.ts";
import type { FlatWeights } from "./optimizer/flat-weights.ts";

/**
 * The loss of a batch and its gradient, as one graph where the engine has graphs.
 *
 * Its inputs: images `[B, H, W, 3]`, target heatmaps `[B, h, w, K]`, keypoint weights `[B, K]`. Its results: the loss
 * (a scalar) and the gradient, a vector over `weights`. It moves the model's batch statistics.
 */
export function lossGradient(model: LayersModel, weights: FlatWeights, loss: HeatmapLoss): GraphFunction {
  return graphFunction(
    (inputs) => {
      const [images, target, keypointWeights] = inputs as [tf.Tensor4D, tf.Tensor4D, tf.Tensor2D];
      const { value, grads } = tf.variableGrads(
        () => loss(model.apply(images, { training: true }) as tf.Tensor4D, target, keypointWeights),
        [...weights.variables],
      );
      // A weight the loss does not depend on has no gradient.
      const ordered = weights.variables.map((weight) => grads[weight.name] ?? tf.zerosLike(weight));
      return [value, weights.gather(ordered)];
    },
    () => modelState(model),
  );
}
