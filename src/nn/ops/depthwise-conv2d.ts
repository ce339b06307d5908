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
  name: "DyposeDepthwiseConv2D",
  portable: ({ x, kernel }, geometry) =>
    stockKernel("DepthwiseConv2dNative", { x, filter: kernel }, stockAttributes(geometry)),
  tensorflow: ({ x, kernel }, geometry) => tensorflowConv("DepthwiseConv2dNative", x, kernel, geometry),
  savedInputs: ["x", "kernel"],
  gradient: ([dy], { inputs: { x, kernel } }, geometry) => ({
    x: () => depthwiseConv2dInputGradient(dy as tf.Tensor, kernel, x.shape as Shape4, geometry),
    kernel: () => depthwiseConv2dKernelGradient(x, dy as tf.Tensor, kernel.shape as Shape4, geometry),
  }),
};

const inputGradient: Operation<"dy" | "kernel", InputGradientAttributes> = {
  name: "DyposeDepthwiseConv2DInputGradient",
  portable: ({ dy, kernel }, { inputShape, ...geometry }) =>
    stockKernel(
      "DepthwiseConv2dNativeBackpropInput",
      { dy, filter: kernel },
      { ...stockAttributes(geometry), inputShape: [...inputShape] },
    ),
  tensorflow: ({ dy, kernel }, { inputShape, ...geometry }) =>
    tensorflowConvInputGradient("DepthwiseConv2dNative", dy, kernel, inputShape, geometry),
  savedInputs: ["dy", "kernel"],
  gradient: ([ddx], { inputs: { dy, kernel } }, { inputShape: _, ...geometry }) => ({
    dy: () => depthwiseConv2d(ddx as tf.Tensor, kernel, geometry),
    kernel: () => depthwiseConv2dKernelGradient(ddx as tf.Tensor, dy, kernel.shape as Shape4, geometry),
  }),
};

const kernelGradient: Operation<"x" | "dy", KernelGradientAttributes> = {
  name: "DyposeDepthwiseConv2DKernelGradient",
  portable: ({ x, dy }, { kernelShape, ...geometry }) =>
    stockKernel(
      "DepthwiseConv2dNativeBackpropFilter",
      { x, dy },
      { ...stockAttributes(geometry), filterShape: [...kernelShape] },
    ),
  tensorflow: ({ x, dy }, { kernelShape, ...geometry }) =>
    tensorflowConvKernelGradient("DepthwiseConv2dNative", x, dy, kernelShape, geometry),
  savedInputs: ["x", "dy"],
  gradient: ([ddk], { inputs: { x, dy } }, { kernelShape: _, ...geometry }) => ({
    x: () => depthwiseConv2dInputGradient(dy, ddk as tf.Tensor, x.shape as Shape4, geometry),
    dy: () => depthwiseConv2d(x, ddk as tf.Tensor, geometry),
  }),
};

/**
 * Depthwise convolution with explicit padding: every channel with its own window.
 *
 * @param x `[B, H, W, C]`
 * @param kernel `[kh, kw, C, 1]`
 * @returns `[B, h, w, C]`, the caller's to dispose.
 */
export function depthwiseConv2d(x: tf.Tensor, kernel: tf.Tensor, geometry: WindowGeometry): tf.Tensor {
  return runOperation(forward, { x, kernel }, geometry)[0] as tf.Tensor;
}

/** Gradient of `depthwiseConv2d` with respect to its input, `[B, H, W, C]` = `inputShape`. */
export function depthwiseConv2dInputGradient(
  dy: tf.Tensor,
  kernel: tf.Tensor,
  inputShape: Shape4,
  { strides, padding }: WindowGeometry,
): tf.Tensor {
  return runOperation(inputGradient, { dy, kernel }, { strides, padding, inputShape })[0] as tf.Tensor;
}

/** Gradient of `depthwiseConv2d` with respect to its kernel, `[kh, kw, C, 1]` = `kernelShape`. */
export function depthwiseConv2dKernelGradient(
  x: tf.Tensor,
  dy: tf.Tensor,
  kernelShape: Shape4,
  { strides, padding }: WindowGeometry,
): tf.Tensor {
  return runOperation(kernelGradient, { x, dy }, { strides, padding, kernelShape })[0] as tf.Tensor;
}
