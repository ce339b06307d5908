import * as tf from "@tensorflow/tfjs-core";
import {
  boolAttribute,
  floatType,
  intAttribute,
  type RawAttribute,
  rawOp,
  shapeTensor,
  stringAttribute,
} from "../../engine/raw-op.ts";
import {
  convTransposeOutputSize,
  cropImage,
  imageSize,
  kernelSize,
  type Padding,
  paddedShape,
  padImage,
  type Shape4,
  type Size,
  samePadding,
  symmetricPadding,
  type WindowGeometry,
} from "./geometry.ts";
import { type Operation, runOperation } from "./operation.ts";

export type ConvKind = "conv" | "depthwise" | "transpose";

/**
 * One convolution and its two gradients, with one kernel for the whole batch: `[kh, kw, Ci, Co]`, depthwise
 * `[kh, kw, C, 1]`, transposed `[kh, kw, Co, Ci]`. Results are the caller's to dispose.
 */
interface Convolution {
  /** `x` [B, H, W, Ci] to [B, h, w, Co]. */
  forward(x: tf.Tensor, kernel: tf.Tensor, geometry: WindowGeometry): tf.Tensor;
  /** `dy` [B, h, w, Co] to the gradient of `x`, [B, H, W, Ci] = `inputShape`. */
  inputGradient(dy: tf.Tensor, kernel: tf.Tensor, inputShape: Shape4, geometry: WindowGeometry): tf.Tensor;
  /** `x` and `dy` to the gradient of the kernel, of `kernelShape`. */
  kernelGradient(x: tf.Tensor, dy: tf.Tensor, kernelShape: Shape4, geometry: WindowGeometry): tf.Tensor;
}

/** Name of a convolution in TensorFlow and in TF.js alike; the names of its gradients begin with it. */
type StockConv = "Conv2D" | "DepthwiseConv2dNative";

/** A convolution of our own, with explicit padding, on top of one that every backend has. */
function convolution(name: string, stock: StockConv): Convolution {
  const forward: Operation<"x" | "kernel", WindowGeometry> = {
    name,
    portable: ({ x, kernel }, geometry) =>
      stockKernel(stock, { x, filter: kernel }, stockAttributes(geometry)),
    tensorflow: ({ x, kernel }, geometry) => {
      const { attributes, around } = tensorflowWindow(stock, x.shape, kernel.shape, geometry);
      return rawOp(stock, attributes, [padImage(x, around), kernel]);
    },
    savedInputs: ["x", "kernel"],
    gradient: ([dy], { inputs: { x, kernel } }, geometry) => ({
      x: () => ops.inputGradient(dy, kernel, x.shape as Shape4, geometry),
      kernel: () => ops.kernelGradient(x, dy, kernel.shape as Shape4, geometry),
    }),
  };

  const inputGradient: Operation<"dy" | "kernel", WindowGeometry & { readonly inputShape: Shape4 }> = {
    name: `${name}InputGradient`,
    portable: ({ dy, kernel }, { inputShape, ...geometry }) =>
      stockKernel(
        `${stock}BackpropInput`,
        { dy, filter: kernel },
        { ...stockAttributes(geometry), inputShape: [...inputShape] },
      ),
    tensorflow: ({ dy, kernel }, { inputShape, ...geometry }) => {
      const { attributes, around } = tensorflowWindow(stock, inputShape, kernel.shape, geometry);
      const shape = shapeTensor(paddedShape(inputShape, around));
      const [gradient] = rawOp(`${stock}BackpropInput`, attributes, [shape, kernel, dy]) as [tf.Tensor];
      return [cropImage(gradient, around, inputShape)];
    },
    savedInputs: ["dy", "kernel"],
    // A convolution's gradient is linear in dy: its own gradient is the convolution again.
    gradient: ([ddx], { inputs: { dy, kernel } }, { inputShape: _, ...geometry }) => ({
      dy: () => ops.forward(ddx, kernel, geometry),
      kernel: () => ops.kernelGradient(ddx, dy, kernel.shape as Shape4, geometry),
    }),
  };

  const kernelGradient: Operation<"x" | "dy", WindowGeometry & { readonly kernelShape: Shape4 }> = {
    name: `${name}KernelGradient`,
    portable: ({ x, dy }, { kernelShape, ...geometry }) =>
      stockKernel(
        `${stock}BackpropFilter`,
        { x, dy },
        { ...stockAttributes(geometry), filterShape: [...kernelShape] },
      ),
    tensorflow: ({ x, dy }, { kernelShape, ...geometry }) => {
      const { attributes, around } = tensorflowWindow(stock, x.shape, kernelShape, geometry);
      return rawOp(`${stock}BackpropFilter`, attributes, [padImage(x, around), shapeTensor(kernelShape), dy]);
    },
    savedInputs: ["x", "dy"],
    gradient: ([ddk], { inputs: { x, dy } }, { kernelShape: _, ...geometry }) => ({
      x: () => ops.inputGradient(dy, ddk, x.shape as Shape4, geometry),
      dy: () => ops.forward(x, ddk, geometry),
    }),
  };

  const ops: Convolution = {
    forward: (x, kernel, { strides, padding }) =>
      runOperation(forward, { x, kernel }, { strides, padding })[0],
    inputGradient: (dy, kernel, inputShape, { strides, padding }) =>
      runOperation(inputGradient, { dy, kernel }, { strides, padding, inputShape })[0],
    kernelGradient: (x, dy, kernelShape, { strides, padding }) =>
      runOperation(kernelGradient, { x, dy }, { strides, padding, kernelShape })[0],
  };
  return ops;
}

const conv = convolution("DyposeConv2D", "Conv2D");

export const CONVOLUTIONS: Readonly<Record<ConvKind, Convolution>> = {
  conv,
  depthwise: convolution("DyposeDepthwiseConv2D", "DepthwiseConv2dNative"),
  // A transposed convolution is a convolution's input gradient, so the two swap roles.
  transpose: {
    forward: (x, kernel, geometry) => {
      const [height, width] = convTransposeOutputSize(imageSize(x.shape), kernelSize(kernel.shape), geometry);
      const outputShape: Shape4 = [x.shape[0] as number, height, width, kernel.shape[2] as number];
      return conv.inputGradient(x, kernel, outputShape, geometry);
    },
    inputGradient: (dy, kernel, _, geometry) => conv.forward(dy, kernel, geometry),
    kernelGradient: (x, dy, kernelShape, geometry) => conv.kernelGradient(dy, x, kernelShape, geometry),
  },
};

/** Runs one of TF.js's own kernels: a gradient's have no public function. */
function stockKernel(name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor[] {
  return [tf.engine().runKernel(name, inputs, attributes) as tf.Tensor];
}

/** A window in the words of TF.js's own convolution kernels. */
function stockAttributes({ strides, padding }: WindowGeometry): tf.NamedAttrMap {
  const [top, bottom, left, right] = padding;
  const pad = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return { strides: [...strides], pad, dataFormat: "NHWC", dilations: [1, 1] };
}

/**
 * A window in the words of TensorFlow's convolutions: attributes, and the cells the image is given before the op sees
 * it. Padding goes to TensorFlow by name; what has no name is padded beforehand. oneDNN ignores explicit padding, and
 * TensorFlow 2.21 aborts when it joins an explicitly padded depthwise convolution to the bias behind it (it loses the
 * padding and then looks for it: "tensor_format.h: Invalid index").
 */
function tensorflowWindow(
  stock: StockConv,
  imageShape: readonly number[],
  kernelShape: readonly number[],
  { strides, padding }: WindowGeometry,
): { attributes: RawAttribute[]; around: Padding } {
  const same = samePadding(imageSize(imageShape), kernelSize(kernelShape), strides);
  const isSame = padding.every((cells, side) => cells === same[side]);
  return {
    attributes: [
      floatType(),
      intAttribute("strides", [1, ...strides, 1]),
      stringAttribute("padding", isSame ? "SAME" : "VALID"),
      stringAttribute("data_format", "NHWC"),
      intAttribute("dilations", [1, 1, 1, 1]),
      ...(stock === "Conv2D" ? [boolAttribute("use_cudnn_on_gpu", true)] : []),
    ],
    around: isSame ? symmetricPadding(0) : padding,
  };
}

/**
 * A kernel with gaps between its taps, as zeros: with it, a plain convolution is the dilated one. No engine here has
 * gradients for dilated convolutions on the CPU; this way all of them have.
 *
 * @param kernel `[kh, kw, ...]`
 * @returns `[(kh - 1) · dilation + 1, (kw - 1) · dilation + 1, ...]`; the kernel itself where nothing is dilated.
 */
export function dilateKernel(kernel: tf.Tensor, [vertical, horizontal]: Size): tf.Tensor {
  if (vertical === 1 && horizontal === 1) return kernel;
  const [height, width, ...rest] = kernel.shape as [number, number, ...number[]];
  const depth = rest.reduce((product, size) => product * size, 1);
  const rows = tf.pad(tf.reshape(kernel, [height, 1, width * depth]), [
    [0, 0],
    [0, vertical - 1],
    [0, 0],
  ]);
  const cells = tf.pad(tf.reshape(rows, [height * vertical * width, 1, depth]), [
    [0, 0],
    [0, horizontal - 1],
    [0, 0],
  ]);
  const grid = tf.reshape(cells, [height * vertical, width * horizontal, depth]);
  const [tall, wide] = [(height - 1) * vertical + 1, (width - 1) * horizontal + 1];
  return tf.reshape(tf.slice(grid, [0, 0, 0], [tall, wide, depth]), [tall, wide, ...rest]);
}

/**
 * Applies a convolution to each group of channels by itself.
 *
 * @param groups Number of groups; with one, the convolution is applied as it is.
 * @param x `[B, H, W, C]`
 * @param kernel `[..., Cout]`, split along its last axis.
 */
export function inGroups(
  groups: number,
  x: tf.Tensor,
  kernel: tf.Tensor,
  convolve: (x: tf.Tensor, kernel: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  if (groups === 1) return convolve(x, kernel);
  const kernels = tf.split(kernel, groups, kernel.rank - 1);
  const parts = tf.split(x, groups, 3);
  return tf.concat(
    parts.map((part, i) => convolve(part, kernels[i] as tf.Tensor)),
    3,
  );
}
