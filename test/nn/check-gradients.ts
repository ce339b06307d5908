import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { createRandom } from "../../datasets/random.ts";
import { type Array64, array64, dot, numericalGradient, relativeError } from "./float64.ts";

export const tensorOf = ({ shape, values }: Array64): tf.Tensor =>
  tf.tensor(Float32Array.from(values), [...shape]);

/** Normal numbers that float32 holds exactly. */
export function normalArray(shape: readonly number[], ...key: number[]): Array64 {
  const random = createRandom(...key);
  return array64(shape, () => Math.fround(random.normal()));
}

/**
 * Largest relative error of an operation's output, and of its gradients against central differences of a reference,
 * under the loss Σ w · y with random w.
 */
export function operationErrors(
  compute: (...inputs: tf.Tensor[]) => tf.Tensor,
  reference: (...inputs: Array64[]) => Array64,
  inputs: readonly Array64[],
): { output: number; gradients: number[] } {
  return tf.tidy(() => {
    const expected = reference(...inputs);
    const weight = normalArray(expected.shape, 77);
    const tensors = inputs.map(tensorOf);
    const output = relativeError(compute(...tensors).dataSync(), expected);
    const computed = tf.grads((...x) => tf.sum(tf.mul(compute(...(x as tf.Tensor[])), tensorOf(weight))))(
      tensors,
    );
    const gradients = inputs.map((input, i) => {
      const loss = (value: Array64) =>
        dot(weight, reference(...inputs.map((other, j) => (i === j ? value : other))));
      return relativeError((computed[i] as tf.Tensor).dataSync(), numericalGradient(loss, input));
    });
    return { output, gradients };
  });
}

/** Holds an operation of one input, and its gradient, to a reference. */
export function expectAgreement(
  compute: (x: tf.Tensor) => tf.Tensor,
  reference: (x: Array64) => Array64,
  x: Array64,
): void {
  const { output, gradients } = operationErrors(compute, reference, [x]);
  expect(output).toBeLessThan(1e-5);
  expect(gradients[0]).toBeLessThan(1e-5);
}
