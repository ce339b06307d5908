import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type GraphFunction, type GraphOptions, graphFunction } from "../engine/graph/graph-function.ts";
import { BatchNorm } from "./layers/batch-norm.ts";
import { ConvLayer } from "./layers/conv2d.ts";
import { Dropout } from "./layers/dropout.ts";

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

/** What a layer of ours reads or changes beside its weights: a temperature, a key of random numbers. */
interface Stateful {
  readonly state?: readonly tf.Variable[];
}

/** All variables that a model's output depends on, or that a training pass changes: weights, statistics, layers' state. */
export function modelState(model: LayersModel): tf.Variable[] {
  const weights = model.weights.map((weight) => weight.read() as tf.Variable);
  return [...weights, ...model.layers.flatMap((layer) => (layer as Stateful).state ?? [])];
}

/** Says to what is random in a model that a step of its training begins: the same step draws the same numbers. */
export function startTrainingStep(model: LayersModel, step: number): void {
  for (const layer of model.layers) if (layer instanceof Dropout) layer.startStep(step);
}

/** The convolution whose output a layer alone takes, if there is one. */
function convolutionBefore(layer: BatchNorm): ConvLayer | undefined {
  const [before] = layer.inboundNodes[0]?.inboundLayers ?? [];
  return before instanceof ConvLayer && before.outboundNodes.length === 1 ? before : undefined;
}

/**
 * Moves every batch normalisation that follows a convolution into it: into all K kernels of a dynamic one. Inference
 * computes the same with fewer passes; training and saving the model make no sense any more.
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
