import * as tf from "@tensorflow/tfjs-core";
import { CONVOLUTIONS, type ConvKind } from "./convolution.ts";
import type { Shape4, WindowGeometry } from "./geometry.ts";
import { type Inputs, type Operation, runOperation } from "./operation.ts";

type DynamicInputs = Inputs<"x" | "kernels" | "attention">;
type DynamicAttributes = WindowGeometry & { readonly kind: ConvKind };

/**
 * Convolves sample by sample. TensorFlow's grouped convolution would take the batch at once, but has no gradient on the
 * CPU. It is composed of operations that run on every engine, so there is one form for all.
 */
const dynamicConv: Operation<"x" | "kernels" | "attention", DynamicAttributes> = {
  name: "DyposeDynamicConv2D",
  portable: ({ x, kernels, attention }, { kind, ...geometry }) => {
    const kernelOf = mixKernels(kernels, attention);
    const outputs = splitSamples(x).map((sample, i) =>
      tf.tidy(() => CONVOLUTIONS[kind].forward(sample, kernelOf(i), geometry)),
    );
    return [joinSamples(outputs)];
  },
  savedInputs: ["x", "kernels", "attention"],
  gradient: ([dy], { inputs }, { kind, ...geometry }) => {
    // Computed once: kernels and attention both need the gradient of every sample's mixed kernel.
    const shared = parameterGradients(inputs, dy, kind, geometry);
    return {
      x: () => inputGradient(inputs, dy, kind, geometry),
      kernels: () => shared.kernels,
      attention: () => shared.attention,
    };
  },
};

function inputGradient(
  { x, kernels, attention }: DynamicInputs,
  dy: tf.Tensor,
  kind: ConvKind,
  geometry: WindowGeometry,
): tf.Tensor {
  const kernelOf = mixKernels(kernels, attention);
  const shape: Shape4 = [1, ...(x.shape.slice(1) as [number, number, number])];
  const gradients = splitSamples(dy).map((sample, i) =>
    tf.tidy(() => CONVOLUTIONS[kind].inputGradient(sample, kernelOf(i), shape, geometry)),
  );
  return joinSamples(gradients);
}

/** With G_b the gradient of sample b's mixed kernel: d kernel_k = Σ_b attention_bk · G_b, d attention_bk = ⟨G_b, kernel_k⟩. */
function parameterGradients(
  { x, kernels, attention }: DynamicInputs,
  dy: tf.Tensor,
  kind: ConvKind,
  geometry: WindowGeometry,
): { kernels: tf.Tensor; attention: tf.Tensor } {
  const [dKernels, dAttention] = tf.tidy(() => {
    const taps = tapMatrices(kernels); // [taps, K, P]
    const [tapCount, , size] = taps.shape;
    const dys = splitSamples(dy);
    const perSample = splitSamples(x).map((sample, i) => {
      const { kernelGradient } = CONVOLUTIONS[kind];
      const gradient = kernelGradient(sample, dys[i] as tf.Tensor, mixedShape(kernels), geometry);
      return tf.reshape(gradient, [tapCount, 1, size]);
    });
    const mixed = joinSamples(perSample, 1); // [taps, B, P]
    const toKernels = tf.matMul(tf.expandDims(attention, 0), mixed, true, false); // [taps, K, P]
    const toAttention = tf.sum(tf.matMul(mixed, taps, false, true), 0); // [B, K]
    return [tf.reshape(toKernels, kernels.shape), toAttention];
  }) as [tf.Tensor, tf.Tensor];
  return { kernels: dKernels, attention: dAttention };
}

/**
 * A 1×1 convolution is a product of matrices, and TensorFlow multiplies a batch of them at once. For batches: the
 * convolution of a single image fuses with bias and activation, which a product does not.
 */
function dynamicPointwise(x: tf.Tensor, kernels: tf.Tensor, attention: tf.Tensor): tf.Tensor {
  const [batch, height, width, inputs] = x.shape as Shape4;
  const [, , count, , outputs] = kernels.shape as [number, number, number, number, number];
  const mixed = tf.matMul(attention as tf.Tensor2D, tf.reshape(kernels, [count, inputs * outputs])); // [B, Ci·Co]
  const cells = tf.reshape(x, [batch, height * width, inputs]);
  const y = tf.matMul(cells, tf.reshape(mixed, [batch, inputs, outputs]));
  return tf.reshape(y, [batch, height, width, outputs]);
}

/**
 * Convolves every sample of a batch with its own mixture of K kernels.
 *
 * @param x `[B, H, W, Ci]`
 * @param kernels `[kh, kw, K, Ci, Co]`; depthwise `[kh, kw, K, C, 1]`; transposed `[kh, kw, K, Co, Ci]`.
 * @param attention `[B, K]`, the weight of each kernel for each sample.
 * @returns `[B, h, w, Co]`. The caller's to dispose, inside a tidy scope (the gradient leaves its parts to it).
 *
 * Source: Chen et al., CVPR 2020 (arXiv 1912.03458), section 3.
 */
export function dynamicConv2d(
  x: tf.Tensor,
  kernels: tf.Tensor,
  attention: tf.Tensor,
  kind: ConvKind,
  { strides, padding }: WindowGeometry,
): tf.Tensor {
  const ones = [...kernels.shape.slice(0, 2), ...strides].every((size) => size === 1);
  const isPointwise = kind === "conv" && ones && padding.every((cells) => cells === 0);
  if (isPointwise && x.shape[0] !== 1) return dynamicPointwise(x, kernels, attention);
  return runOperation(dynamicConv, { x, kernels, attention }, { strides, padding, kind })[0];
}

/** Up to so many weights, mixing the kernels of all samples at once is faster than one operation per sample. */
const SMALL_KERNEL = 16_384;

/** Shape of one mixed kernel, `[kh, kw, Ci, Co]`, of K kernels `[kh, kw, K, Ci, Co]`. */
function mixedShape(kernels: tf.Tensor): Shape4 {
  const [height, width, , inputs, outputs] = kernels.shape as [number, number, number, number, number];
  return [height, width, inputs, outputs];
}

/** Kernels `[kh, kw, K, Ci, Co]` as one matrix a tap, `[kh·kw, K, Ci·Co]`: products of taps run in parallel. */
function tapMatrices(kernels: tf.Tensor): tf.Tensor3D {
  const [height, width, count, inputs, outputs] = kernels.shape as [number, number, number, number, number];
  return tf.reshape(kernels, [height * width, count, inputs * outputs]);
}

/**
 * Each sample's own kernel, Σ_k attention_k · kernel_k.
 *
 * Large kernels are mixed one at a time, just before their sample is convolved, while they are still in the cache: a
 * batch of them would go through main memory.
 *
 * @param kernels `[kh, kw, K, Ci, Co]`
 * @param attention `[B, K]`
 * @returns A function from a sample to its kernel, `[kh, kw, Ci, Co]`, to be called in a tidy scope.
 */
function mixKernels(kernels: tf.Tensor, attention: tf.Tensor): (sample: number) => tf.Tensor {
  const [batch, count] = attention.shape as [number, number];
  const shape = mixedShape(kernels);
  const taps = tapMatrices(kernels);
  if (batch > 1 && kernels.size / count <= SMALL_KERNEL) {
    const mixed = tf.matMul(tf.reshape(attention, [1, batch, count]), taps); // [taps, B, Ci·Co]
    const bySample = tf.transpose(mixed, [1, 0, 2]);
    const [height, width, inputs, outputs] = shape;
    const parts = tf.split(tf.reshape(bySample, [batch * height, width, inputs, outputs]), batch, 0);
    return (sample) => parts[sample] as tf.Tensor;
  }
  const weights = splitSamples(tf.reshape(attention, [batch, 1, count]));
  return (sample) => tf.reshape(tf.matMul(weights[sample] as tf.Tensor, taps), shape);
}

/** A batch as batches of one. */
function splitSamples(batch: tf.Tensor): tf.Tensor[] {
  const size = batch.shape[0] as number;
  return size === 1 ? [batch] : tf.split(batch, size, 0);
}

/** Batches of one as one batch. */
function joinSamples(samples: tf.Tensor[], axis = 0): tf.Tensor {
  return samples.length === 1 ? (samples[0] as tf.Tensor) : tf.concat(samples, axis);
}
