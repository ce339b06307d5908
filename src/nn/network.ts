/** What a network of our layers does as a whole: its forward pass, its state, its steps, and folding for inference. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type GraphFunction, type GraphOptions, graphFunction } from "../engine/graph/graph-function.ts";
import { BatchNorm } from "./layers/batch-norm.ts";
import { ConvLayer } from "./layers/conv2d.ts";
import { Dropout } from "./layers/dropout.ts";
import { UnaryLayer } from "./layers/layer.ts";

/**
 * A model's forward pass for inference, as a graph where the engine has graphs: one input, one result. It reads the
 * weights anew in every run, unless the options freeze them; the model stays the caller's, and has to outlive it.
 */
export function forwardPass(model: LayersModel, options?: GraphOptions): GraphFunction {
  return graphFunction(
    ([input]) => [model.apply(input as tf.Tensor, { training: false }) as tf.Tensor],
    () => modelState(model),
    options,
  );
}

/** All variables that a model's output depends on, or that a training pass changes: weights, statistics, layers' state. */
export function modelState(model: LayersModel): tf.Variable[] {
  const weights = model.weights.map((weight) => weight.read() as tf.Variable);
  const states = model.layers.flatMap((layer) => (layer instanceof UnaryLayer ? layer.state : []));
  return [...weights, ...states];
}

/** Begins a training step for all that is random in a model: the same step draws the same numbers. */
export function startTrainingStep(model: LayersModel, step: number): void {
  for (const layer of model.layers) if (layer instanceof Dropout) layer.startStep(step);
}

/**
 * Moves every batch normalisation that follows a convolution into it: into all K kernels of a dynamic one. Inference
 * computes the same with fewer passes; the model can no longer be trained or saved.
 */
export function foldBatchNorm(model: LayersModel): void {
  for (const layer of model.layers) {
    if (!(layer instanceof BatchNorm) || layer.folded) continue;
    const convolution = convolutionBefore(layer);
    if (!convolution) continue;
    const { scale, shift } = layer.affine();
    convolution.fold(scale, shift);
    layer.folded = true;
    tf.dispose([scale, shift]);
  }
}

/** The convolution that feeds a layer and nothing else, if there is one. */
function convolutionBefore(layer: BatchNorm): ConvLayer | undefined {
  const [before] = layer.inboundNodes[0]?.inboundLayers ?? [];
  return before instanceof ConvLayer && before.outboundNodes.length === 1 ? before : undefined;
}
