import type * as tf from "@tensorflow/tfjs-core";
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
  cropImage,
  imageSize,
  kernelSize,
  type Padding,
  paddedShape,
  padImage,
  type Shape4,
  samePadding,
  symmetricPadding,
  type WindowGeometry,
} from "./geometry.ts";

/** TensorFlow's convolutions; the names of their gradients' ops begin with theirs. */
type ConvOp = "Conv2D" | "DepthwiseConv2dNative";

interface Window {
  readonly attributes: readonly RawAttribute[];
  /** Cells the image is given before the op sees it. */
  readonly around: Padding;
}

const NOTHING = symmetricPadding(0);

/**
 * Padding goes to TensorFlow by name; what has no name is padded beforehand. Explicit padding is passed over by oneDNN,
 * and TensorFlow 2.21 aborts when it joins an explicitly padded depthwise convolution to the bias behind it (it loses
 * the padding and then looks for it: "tensor_format.h: Invalid index").
 */
function windowOf(
  op: ConvOp,
  imageShape: readonly number[],
  kernelShape: readonly number[],
  { strides, padding }: WindowGeometry,
): Window {
  const same = samePadding(imageSize(imageShape), kernelSize(kernelShape), strides);
  const isSame = padding.every((cells, side) => cells === same[side]);
  return {
    attributes: [
      floatType(),
      intAttribute("strides", [1, ...strides, 1]),
      stringAttribute("padding", isSame ? "SAME" : "VALID"),
      stringAttribute("data_format", "NHWC"),
      intAttribute("dilations", [1, 1, 1, 1]),
      ...(op === "Conv2D" ? [boolAttribute("use_cudnn_on_gpu", true)] : []),
    ],
    around: isSame ? NOTHING : padding,
  };
}

/** `x` [B, H, W, Ci] and `kernel` [kh, kw, Ci, Co] (depthwise [kh, kw, C, 1]) to one tensor, [B, h, w, Co]. */
export function tensorflowConv(
  op: ConvOp,
  x: tf.Tensor,
  kernel: tf.Tensor,
  geometry: WindowGeometry,
): tf.Tensor[] {
  const { attributes, around } = windowOf(op, x.shape, kernel.shape, geometry);
  return rawOp(op, attributes, [padImage(x, around), kernel]);
}

/** `dy` [B, h, w, Co] to one tensor of `inputShape`, [B, H, W, Ci]. */
export function tensorflowConvInputGradient(
  op: ConvOp,
  dy: tf.Tensor,
  kernel: tf.Tensor,
  inputShape: Shape4,
  geometry: WindowGeometry,
): tf.Tensor[] {
  const { attributes, around } = windowOf(op, inputShape, kernel.shape, geometry);
  const shape = shapeTensor(paddedShape(inputShape, around));
  const [gradient] = rawOp(`${op}BackpropInput`, attributes, [shape, kernel, dy]) as [tf.Tensor];
  return [cropImage(gradient, around, inputShape)];
}

/** `x` [B, H, W, Ci] and `dy` [B, h, w, Co] to one tensor of `kernelShape`. */
export function tensorflowConvKernelGradient(
  op: ConvOp,
  x: tf.Tensor,
  dy: tf.Tensor,
  kernelShape: Shape4,
  geometry: WindowGeometry,
): tf.Tensor[] {
  const { attributes, around } = windowOf(op, x.shape, kernelShape, geometry);
  return rawOp(`${op}BackpropFilter`, attributes, [padImage(x, around), shapeTensor(kernelShape), dy]);
}
