import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { BatchNorm } from "./layers/batch-norm.ts";
import { ConvLayer } from "./layers/conv-layer.ts";

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
