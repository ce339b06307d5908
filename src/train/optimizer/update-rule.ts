import type * as tf from "@tensorflow/tfjs-core";
import type { Config } from "../../config/schema.ts";
import type { HostTensor } from "../../weights/safetensors.ts";

/** Turns gradients into new weights. */
export interface Optimizer {
  /**
   * One update of the weights.
   *
   * @param gradient Vector over the weights; stays the caller's.
   * @param step Updates done before this one: 0 at first.
   */
  update(gradient: tf.Tensor1D, learningRate: number, step: number): void;
  /** What it remembers between updates, a tensor a weight. */
  save(): Promise<Map<string, HostTensor>>;
  /** Takes up what `save` gave, and the model's present weights. */
  restore(saved: ReadonlyMap<string, HostTensor>): void;
  dispose(): void;
}

/** How weights are updated, apart from the rate. */
export interface UpdateRule {
  readonly optimizer: Config["train"]["optimizer"];
  readonly weightDecay: number;
}

/** What each kind remembers of past gradients, a number a weight. */
export const SLOTS = { adam: ["m", "v"], adamw: ["m", "v"], sgd: ["velocity"] } as const;

/** Weight decay is for what multiplies features: not biases, nor the scale and shift of batch norm. */
export function decays(slice: { readonly name: string; readonly shape: readonly number[] }): boolean {
  return slice.shape.length > 1 && !/bias/i.test(slice.name);
}

/**
 * Adam's rate and epsilon with the bias corrections folded in, so that `w -= rate * m / (sqrt(v) + epsilon)` is the
 * paper's algorithm 1 exactly.
 *
 * Source: Kingma & Ba, ICLR 2015 (arXiv 1412.6980).
 */
export function adamCorrections(
  learningRate: number,
  step: number,
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
): { rate: number; epsilon: number } {
  const root = Math.sqrt(1 - beta2 ** (step + 1));
  return { rate: (learningRate * root) / (1 - beta1 ** (step + 1)), epsilon: epsilon * root };
}
