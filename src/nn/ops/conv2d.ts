import type * as tf from "@tensorflow/tfjs-core";
import type { Shape4, WindowGeometry } from "./geometry.ts";
import { type Operation, runOperation } from "./operation.ts";
import { stockAttributes, stockKernel } from "./stock-kernel.ts";
import {
  tensorflowConv,
  tensorflowConvInputGradient,
  tensorflowConvKernelGradient,
} from "./tensorflow-conv.ts";

type InputGradientAttributes = WindowGeometry & { readonly inputShape: Shape4 };
type KernelGradientAttributes = WindowGeometry & { readonly kernelShape: Shape4 };

const forward: Operation<"x" | "kernel", WindowGeometry> = {
  name: "DyposeConv2D",
  portable: ({ x, kernel }, geometry) =>
    stockKernel("Conv2D", { x, filter: kernel }, stockAttributes(geometry)),
  tensorflow: ({ x, kernel }, geometry) => tensorflowConv("Conv2D", x, kernel, geometry),
  savedInputs: ["x", "kernel"],
  gradient: ([dy], { inputs: { x, kernel } }, geometry) => ({
    x: () => conv2dInputGradient(dy as tf.Tensor, kernel, x.shape as Shape4, geometry),
    kernel: () => conv2dKernelGradient(x, dy as tf.Tensor, kernel.shape as Shape4, geometry),
  }),
};

const inputGradient: Operation<"dy" | "kernel", InputGradientAttributes> = {
  name: "DyposeConv2DInputGradient",
  portable: ({ dy, kernel }, { inputShape, ...geometry }) =>
    stockKernel(
      "Conv2DBackpropInput",
      { dy, filter: kernel },
      { ...stockAttributes(geometry), inputShape: [...inputShape] },
    ),
  tensorflow: ({ dy, kernel }, { inputShape, ...geometry }) =>
    tensorflowConvInputGradient("Conv2D", dy, kernel, inputShape, geometry),
  savedInputs: ["dy", "kernel"],
  // A convolution's gradient is linear in dy: its own gradient is the convolution again.
  gradient: ([ddx], { inputs: { dy, kernel } }, { inputShape: _, ...geometry }) => ({
    dy: () => conv2d(ddx as tf.Tensor, kernel, geometry),
    kernel: () => conv2dKernelGradient(ddx as tf.Tensor, dy, kernel.shape as Shape4, geometry),
  }),
};

const kernelGradient: Operation<"x" | "dy", KernelGradientAttributes> = {
  name: "DyposeConv2DKernelGradient",
  portable: ({ x, dy }, { kernelShape, ...geometry }) =>
    stockKernel(
      "Conv2DBackpropFilter",
      { x, dy },
      { ...stockAttributes(geometry), filterShape: [...kernelShape] },
    ),
  tensorflow: ({ x, dy }, { kernelShape, ...geometry }) =>
    tensorflowConvKernelGradient("Conv2D", x, dy, kernelShape, geometry),
  savedInputs: ["x", "dy"],
  gradient: ([ddk], { inputs: { x, dy } }, { kernelShape: _, ...geometry }) => ({
    x: () => conv2dInputGradient(dy, ddk as tf.Tensor, x.shape as Shape4, geometry),
    dy: () => conv2d(x, ddk as tf.Tensor, geometry),
  }),
};

/**
 * Convolution with explicit padding.
 *
 * @param x `[B, H, W, Cin]`
 * @param kernel `[kh, kw, Cin, Cout]`
 * @returns `[B, h, w, Cout]`, the caller's to dispose.
 */
export function conv2d(x: tf.Tensor, kernel: tf.Tensor, geometry: WindowGeometry): tf.Tensor {
  return runOperation(forward, { x, kernel }, geometry)[0] as tf.Tensor;
}

/**
 * Gradient of `conv2d` with respect to its input; by itself, a transposed convolution.
 *
 * @param dy `[B, h, w, Cout]`
 * @param kernel `[kh, kw, Cin, Cout]`
 * @param inputShape `[B, H, W, Cin]`, also the result's.
 */
export function conv2dInputGradient(
  dy: tf.Tensor,
  kernel: tf.Tensor,
  inputShape: Shape4,
  { strides, padding }: WindowGeometry,
): tf.Tensor {
  return runOperation(inputGradient, { dy, kernel }, { strides, padding, inputShape })[0] as tf.Tensor;
}

/**
 * Gradient of `conv2d` with respect to its kernel.
 *
 * @param x `[B, H, W, Cin]`
 * @param dy `[B, h, w, Cout]`
 * @param kernelShape `[kh, kw, Cin, Cout]`, also the result's.
 */
export function conv2dKernelGradient(
  x: tf.Tensor,
  dy: tf.Tensor,
  kernelShape: Shape4,
  { strides, padding }: WindowGeometry,
): tf.Tensor {
  return runOperation(kernelGradient, { x, dy }, { strides, padding, kernelShape })[0] as tf.Tensor;
}
