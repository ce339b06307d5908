import * as tf from "@tensorflow/tfjs-core";

/**
 * A kernel of the wasm backend, written in tfjs's own operations; all they allocate but the result is freed.
 *
 * @typeParam Inputs The tensors that tfjs passes to this kernel, by its names for them.
 * @typeParam Attributes What it passes besides tensors.
 */
export function wasmKernel<Inputs extends Record<string, tf.Tensor>, Attributes>(
  kernelName: string,
  compute: (inputs: Inputs, attributes: Attributes) => tf.Tensor,
): tf.KernelConfig {
  return {
    kernelName,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => compute(inputs as Inputs, attrs as unknown as Attributes)),
  };
}
