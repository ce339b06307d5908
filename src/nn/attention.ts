/** The attention of a network's dynamic convolutions: the temperature they share, and how they mix their kernels. */
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, model as network, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { DynamicConv } from "./layers/dynamic-conv2d.ts";

/** The dynamic convolutions of a model, in the order of its layers. */
export function dynamicLayers(model: LayersModel): DynamicConv[] {
  return model.layers.filter((layer) => layer instanceof DynamicConv);
}

/** Sets the one temperature all dynamic convolutions of a model share. */
export function setTemperature(model: LayersModel, temperature: number): void {
  for (const layer of dynamicLayers(model)) layer.temperature = temperature;
}

/** The temperature of a model's dynamic convolutions; undefined where it has none. */
export function temperatureOf(model: LayersModel): number | undefined {
  return dynamicLayers(model)[0]?.temperature;
}

/** How a dynamic convolution mixes its kernels, for some images. */
interface LayerAttention {
  readonly layer: string;
  /** Of each image, the weight of each of the K kernels. */
  readonly weights: readonly (readonly number[])[];
}

/** What can be said of a layer's attention in a few numbers. */
export interface AttentionSummary {
  readonly layer: string;
  /** Mean over the images of the weights' entropy, from 0 (one kernel does it all) to 1 (all count the same). */
  readonly entropy: number;
  /** Mean over the images of each kernel's weight. */
  readonly usage: readonly number[];
}

/**
 * Finds the attention of every dynamic convolution of a model, in one forward pass as in use (not in training).
 *
 * @param images `[B, H, W, 3]`, normalised. Stays the caller's; every tensor made here is disposed here.
 * @returns In the order of the model's layers.
 */
export async function attentionOf(model: LayersModel, images: tf.Tensor): Promise<LayerAttention[]> {
  const layers = dynamicLayers(model);
  if (layers.length === 0) return [];
  const inputs = [...new Set(layers.map((layer) => layer.input as SymbolicTensor))];
  const upToThem = network({ inputs: model.inputs, outputs: inputs });
  const attention = tf.tidy(() => {
    const features = [upToThem.predictOnBatch(images)].flat();
    return layers.map((layer) =>
      layer.attend(features[inputs.indexOf(layer.input as SymbolicTensor)] as tf.Tensor),
    );
  });
  try {
    const weights = await Promise.all(attention.map((tensor) => tensor.array()));
    return layers.map(({ name }, i) => ({ layer: name, weights: weights[i] as number[][] }));
  } finally {
    tf.dispose(attention);
  }
}

/** Entropy and usage of every dynamic convolution, over a batch of images; see {@link attentionOf}. */
export async function attentionStatistics(
  model: LayersModel,
  images: tf.Tensor,
): Promise<AttentionSummary[]> {
  return (await attentionOf(model, images)).map(summarizeAttention);
}

export function summarizeAttention({ layer, weights }: LayerAttention): AttentionSummary {
  const mean = (value: (row: readonly number[]) => number) =>
    weights.reduce((sum, row) => sum + value(row), 0) / weights.length;
  const kernels = weights[0]?.length ?? 0;
  return {
    layer,
    entropy: mean(relativeEntropy),
    usage: Array.from({ length: kernels }, (_, k) => mean((row) => row[k] as number)),
  };
}

/** −Σ p log p over its largest value, log K; of weights that do not sum to one, p is their share. */
export function relativeEntropy(weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.length < 2 || !(total > 0)) return 0;
  const entropy = weights.reduce((sum, weight) => {
    const share = weight / total;
    return share > 0 ? sum - share * Math.log(share) : sum;
  }, 0);
  return entropy / Math.log(weights.length);
}
