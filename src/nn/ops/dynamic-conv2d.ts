import * as tf from "@tensorflow/tfjs-core";
import { conv2d, conv2dInputGradient, conv2dKernelGradient } from "./conv2d.ts";
import {
  depthwiseConv2d,
  depthwiseConv2dInputGradient,
  depthwiseConv2dKernelGradient,
} from "./depthwise-conv2d.ts";
import {
  convTransposeOutputSize,
  imageSize,
  kernelSize,
  type Shape4,
  type WindowGeometry,
} from "./geometry.ts";
import { type Operation, runOperation } from "./operation.ts";

/** Which convolution the mixed kernels do. */
export type ConvKind = "conv" | "depthwise" | "transpose";

/** One convolution and its two gradients, for a kernel shared by a whole batch. */
interface Convolution {
  forward(x: tf.Tensor, kernel: tf.Tensor, geometry: WindowGeometry): tf.Tensor;
  inputGradient(dy: tf.Tensor, kernel: tf.Tensor, inputShape: Shape4, geometry: WindowGeometry): tf.Tensor;
  kernelGradient(x: tf.Tensor, dy: tf.Tensor, kernelShape: Shape4, geometry: WindowGeometry): tf.Tensor;
}

const CONVOLUTIONS: Readonly<Record<ConvKind, Convolution>> = {
  conv: { forward: conv2d, inputGradient: conv2dInputGradient, kernelGradient: conv2dKernelGradient },
  depthwise: {
    forward: depthwiseConv2d,
    inputGradient: depthwiseConv2dInputGradient,
    kernelGradient: depthwiseConv2dKernelGradient,
  },
  // A transposed convolution is a convolution's input gradient, so the two swap roles.
  transpose: {
    forward: (x, kernel, geometry) => {
      const [height, width] = convTransposeOutputSize(imageSize(x.shape), kernelSize(kernel.shape), geometry);
      const outputShape: Shape4 = [x.shape[0] as number, height, width, kernel.shape[2] as number];
      return conv2dInputGradient(x, kernel, outputShape, geometry);
    },
    inputGradient: (dy, kernel, _, geometry) => conv2d(dy, kernel, geometry),
    kernelGradient: (x, dy, kernelShape, geometry) => conv2dKernelGradient(dy, x, kernelShape, geometry),
  },
};

type DynamicAttributes = WindowGeometry & { readonly kind: ConvKind };

/** Kernels `[kh, kw, K, Ci, Co]` as one matrix a tap, `[kh·kw, K, Ci·Co]`. */
function tapMatrices(kernels: tf.Tensor): tf.Tensor3D {
  const [height, width, count, ...channels] = kernels.shape as number[];
  return tf.reshape(kernels, [
    (height as number) * (width as number),
    count as number,
    channels.reduce((product, size) => product * size, 1),
  ]);
}

/** The kernel of one sample, Σ_k attention_k · kernel_k: `[kh, kw, Ci, Co]`. A product a tap, so that taps run in parallel. */
function mixKernels(kernels: tf.Tensor, attention: tf.Tensor): tf.Tensor {
  const weights = tf.reshape(attention, [1, 1, attention.size]);
  const mixed = tf.matMul(weights, tapMatrices(kernels));
  return tf.reshape(mixed, mixedShape(kernels));
}

function mixedShape(kernels: tf.Tensor): Shape4 {
  const [height, width, , inputs, outputs] = kernels.shape as [number, number, number, number, number];
  return [height, width, inputs, outputs];
}

const samplesOf = (batch: tf.Tensor): tf.Tensor[] => {
  const size = batch.shape[0] as number;
  return size === 1 ? [batch] : tf.split(batch, size, 0);
};

const joinSamples = (samples: tf.Tensor[]): tf.Tensor =>
  samples.length === 1 ? (samples[0] as tf.Tensor) : tf.concat(samples, 0);

/**
 * Sample by sample: mix the kernels, convolve while they are still in the cache. TensorFlow's grouped convolution would
 * take the batch at once but has no gradient on the CPU; a batch of mixed kernels would have to go through main memory.
 */
const dynamicConv: Operation<"x" | "kernels" | "attention", DynamicAttributes> = {
  name: "DyposeDynamicConv2D",
  portable: ({ x, kernels, attention }, { kind, ...geometry }) => {
    const weights = samplesOf(attention);
    const outputs = samplesOf(x).map((sample, i) =>
      tf.tidy(() =>
        CONVOLUTIONS[kind].forward(sample, mixKernels(kernels, weights[i] as tf.Tensor), geometry),
      ),
    );
    return [joinSamples(outputs)];
  },
  savedInputs: ["x", "kernels", "attention"],
  gradient: ([dy], { inputs }, { kind, ...geometry }) => {
    // Computed once, for both: kernels and attention need the gradient of every sample's mixed kernel.
    const shared = parameterGradients(inputs, dy as tf.Tensor, kind, geometry);
    return {
      x: () => inputGradient(inputs, dy as tf.Tensor, kind, geometry),
      kernels: () => shared.kernels,
      attention: () => shared.attention,
    };
  },
};

type DynamicInputs = Readonly<Record<"x" | "kernels" | "attention", tf.Tensor>>;

function inputGradient(
  { x, kernels, attention }: DynamicInputs,
  dy: tf.Tensor,
  kind: ConvKind,
  geometry: WindowGeometry,
): tf.Tensor {
  const weights = samplesOf(attention);
  const sampleShape: Shape4 = [1, ...(x.shape.slice(1) as [number, number, number])];
  return joinSamples(
    samplesOf(dy).map((sample, i) =>
      tf.tidy(() =>
        CONVOLUTIONS[kind].inputGradient(
          sample,
          mixKernels(kernels, weights[i] as tf.Tensor),
          sampleShape,
          geometry,
        ),
      ),
    ),
  );
}

/** With G_b the gradient of sample b's mixed kernel: d kernel_k = Σ_b attention_bk · G_b, d attention_bk = ⟨G_b, kernel_k⟩. */
function parameterGradients(
  { x, kernels, attention }: DynamicInputs,
  dy: tf.Tensor,
  kind: ConvKind,
  geometry: WindowGeometry,
): { kernels: tf.Tensor; attention: tf.Tensor } {
  const [kernelGradient, attentionGradient] = tf.tidy(() => {
    const taps = tapMatrices(kernels); // [taps, K, P]
    const [count, , size] = taps.shape;
    const dys = samplesOf(dy);
    const mixed = samplesOf(x).map((sample, i) =>
      tf.reshape(
        CONVOLUTIONS[kind].kernelGradient(sample, dys[i] as tf.Tensor, mixedShape(kernels), geometry),
        [count, 1, size],
      ),
    );
    const perSample = mixed.length === 1 ? (mixed[0] as tf.Tensor) : tf.concat(mixed, 1); // [taps, B, P]
    const weights = tf.expandDims(attention, 0); // [1, B, K]
    const dKernels = tf.matMul(weights, perSample, true, false); // [taps, K, P]
    const dAttention = tf.sum(tf.matMul(perSample, taps, false, true), 0); // [B, K]
    return [tf.reshape(dKernels, kernels.shape), dAttention];
  }) as [tf.Tensor, tf.Tensor];
  return { kernels: kernelGradient, attention: attentionGradient };
}

/** A 1×1 convolution is a product of matrices, and TensorFlow multiplies a batch of them at once. */
function dynamicPointwise(x: tf.Tensor, kernels: tf.Tensor, attention: tf.Tensor): tf.Tensor {
  const [batch, height, width, inputs] = x.shape as Shape4;
  const outputs = kernels.shape[4] as number;
  const mixed = tf.matMul(attention as tf.Tensor2D, tf.reshape(kernels, [kernels.shape[2] as number, -1])); // [B, Ci·Co]
  const cells = tf.reshape(x, [batch, height * width, inputs]);
  const y = tf.matMul(cells, tf.reshape(mixed, [batch, inputs, outputs]));
  return tf.reshape(y, [batch, height, width, outputs]);
}

/** Convolves a whole batch with one kernel, `[kh, kw, Ci, Co]` (depthwise `[kh, kw, C, 1]`, transposed `[kh, kw, Co, Ci]`). */
export function convolve(
  x: tf.Tensor,
  kernel: tf.Tensor,
  kind: ConvKind,
  geometry: WindowGeometry,
): tf.Tensor {
  return CONVOLUTIONS[kind].forward(x, kernel, geometry);
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
  const pointwise = kind === "conv" && [...kernels.shape.slice(0, 2), ...strides].every((size) => size === 1);
  if (pointwise && padding.every((cells) => cells === 0)) return dynamicPointwise(x, kernels, attention);
  return runOperation(dynamicConv, { x, kernels, attention }, { strides, padding, kind })[0] as tf.Tensor;
}
