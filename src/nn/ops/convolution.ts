import type * as tf from "@tensorflow/tfjs-core";
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

export type ConvKind = "conv" | "depthwise" | "transpose";

/**
 * One convolution and its two gradients, with one kernel for the whole batch: `[kh, kw, Ci, Co]`, depthwise
 * `[kh, kw, C, 1]`, transposed `[kh, kw, Co, Ci]`.
 */
export interface Convolution {
  forward(x: tf.Tensor, kernel: tf.Tensor, geometry: WindowGeometry): tf.Tensor;
  inputGradient(dy: tf.Tensor, kernel: tf.Tensor, inputShape: Shape4, geometry: WindowGeometry): tf.Tensor;
  kernelGradient(x: tf.Tensor, dy: tf.Tensor, kernelShape: Shape4, geometry: WindowGeometry): tf.Tensor;
}

export const CONVOLUTIONS: Readonly<Record<ConvKind, Convolution>> = {
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
