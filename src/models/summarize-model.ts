import type { LayersModel } from "@tensorflow/tfjs-layers";
import { UnaryLayer } from "../nn/layers/layer.ts";

export interface LayerSummary {
  readonly name: string;
  readonly kind: string;
  /** Without the batch. */
  readonly outputShape: readonly (number | null)[];
  readonly params: number;
  /** Multiply-adds for one image. */
  readonly madds: number;
}

export interface ModelSummary {
  readonly model: string;
  readonly layers: readonly LayerSummary[];
  /** Weights that training changes; moving statistics are not counted, as the paper does not. */
  readonly params: number;
  readonly madds: number;
}

/**
 * Counts what a built network holds and does: its weights, and the multiply-adds of its convolutions, attention and
 * kernel mixing (additions, normalisation and activations are not counted, as the paper does not).
 */
export function summarizeModel(model: LayersModel): ModelSummary {
  const layers = model.layers.map((layer) => ({
    name: layer.name,
    kind: layer.getClassName().replace(/^Dypose/, ""),
    outputShape: (layer.outputShape as (number | null)[]).slice(1),
    params: layer.trainableWeights.reduce(
      (sum, weight) => sum + weight.shape.reduce<number>((product, size) => product * (size ?? 1), 1),
      0,
    ),
    madds: layer instanceof UnaryLayer ? layer.multiplyAdds : 0,
  }));
  const total = (count: (layer: LayerSummary) => number) =>
    layers.reduce((sum, layer) => sum + count(layer), 0);
  return {
    model: model.name,
    layers,
    params: total((layer) => layer.params),
    madds: total((layer) => layer.madds),
  };
}
