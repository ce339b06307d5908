/** Windows that slide over images: sizes before and after, and the padding around. */
import * as tf from "@tensorflow/tfjs-core";

/** Cells added around an image before a window slides over it. */
export type Padding = readonly [top: number, bottom: number, left: number, right: number];

export type Size = readonly [height: number, width: number];

export type Shape4 = [number, number, number, number];

/** Height and width of an image batch `[B, H, W, C]`. */
export const imageSize = (shape: readonly number[]): Size => [shape[1] as number, shape[2] as number];

/** Height and width of a kernel `[kh, kw, ...]`. */
export const kernelSize = (shape: readonly number[]): Size => [shape[0] as number, shape[1] as number];

/** How a window slides over an image; also the attributes of every operation that slides one. */
export type WindowGeometry = {
  readonly strides: Size;
  readonly padding: Padding;
};

/**
 * The same padding on all four sides, as PyTorch does. TensorFlow's "same" pads only what the stride leaves over, which
 * shifts a stride-2 convolution by a pixel: weights from one do not fit the other.
 */
export function symmetricPadding(cells: number): Padding {
  return [cells, cells, cells, cells];
}

/** Size of a convolution's output for an image of `inputSize`, in cells. */
export function convOutputSize(inputSize: Size, kernelSize: Size, geometry: WindowGeometry): Size {
  const [top, bottom, left, right] = geometry.padding;
  return [
    Math.floor((inputSize[0] + top + bottom - kernelSize[0]) / geometry.strides[0]) + 1,
    Math.floor((inputSize[1] + left + right - kernelSize[1]) / geometry.strides[1]) + 1,
  ];
}

/** Size of a transposed convolution's output: the smallest input that a convolution maps onto `inputSize`. */
export function convTransposeOutputSize(inputSize: Size, kernelSize: Size, geometry: WindowGeometry): Size {
  const [top, bottom, left, right] = geometry.padding;
  return [
    (inputSize[0] - 1) * geometry.strides[0] + kernelSize[0] - top - bottom,
    (inputSize[1] - 1) * geometry.strides[1] + kernelSize[1] - left - right,
  ];
}

/** The padding TensorFlow's "SAME" would choose. */
export function samePadding(inputSize: Size, kernelSize: Size, strides: Size): Padding {
  const total = (axis: 0 | 1): number => {
    const outputs = Math.ceil(inputSize[axis] / strides[axis]);
    return Math.max((outputs - 1) * strides[axis] + kernelSize[axis] - inputSize[axis], 0);
  };
  const [vertical, horizontal] = [total(0), total(1)];
  const [top, left] = [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
  return [top, vertical - top, left, horizontal - left];
}

const isNothing = (padding: Padding): boolean => padding.every((cells) => cells === 0);

/** Surrounds images `[B, H, W, C]` with cells of one value. Without padding it is the same tensor. */
export function padImage(x: tf.Tensor, padding: Padding, value = 0): tf.Tensor {
  if (isNothing(padding)) return x;
  const [top, bottom, left, right] = padding;
  const none: [number, number] = [0, 0];
  return tf.pad(x, [none, [top, bottom], [left, right], none], value);
}

/** The shape of a padded image, from that of the image. */
export function paddedShape([batch, height, width, channels]: Shape4, padding: Padding): Shape4 {
  const [top, bottom, left, right] = padding;
  return [batch, height + top + bottom, width + left + right, channels];
}

/** Takes the padding off an image of this shape again. Without padding it is the same tensor. */
export function cropImage(x: tf.Tensor, padding: Padding, shape: Shape4): tf.Tensor {
  const [top, , left] = padding;
  return isNothing(padding) ? x : tf.slice(x, [0, top, left, 0], shape);
}
