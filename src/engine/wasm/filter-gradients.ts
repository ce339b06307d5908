// Gradients of convolutions with respect to their filter, themselves convolutions: of the input with the output's gradient.
import * as tf from "@tensorflow/tfjs-core";
import {
  type ConvolutionAttributes,
  type ConvolutionAxis,
  convolutionGeometry,
  type Padding,
  type Shape4D,
} from "./convolution-geometry.ts";
import { wasmKernel } from "./wasm-kernel.ts";

type Inputs = { x: tf.Tensor4D; dy: tf.Tensor4D };

interface Attributes extends ConvolutionAttributes {
  readonly filterShape: Shape4D;
}

/**
 * dw[k, l, c, d] = Σ x[b, stride · y + k, stride · z + l, c] · dy[b, y, z, d] is x, with channels for the batch and the
 * batch for channels, convolved with dy as the filter and the stride as its dilation.
 */
export const conv2dBackpropFilter = wasmKernel<Inputs, Attributes>(
  tf.Conv2DBackpropFilter,
  ({ x, dy }, { filterShape, ...attributes }) => {
    const { rows, columns } = convolutionGeometry(x.shape, filterShape, attributes, false);
    const image = tf.transpose(x, [3, 1, 2, 0]); // [C, H, W, B]
    const filter = tf.transpose(dy, [1, 2, 0, 3]); // [h, w, B, D]
    if (isPointwise(rows) && isPointwise(columns)) {
      const [, , channels, depth] = filterShape;
      const product = tf.matMul(tf.reshape(image, [channels, -1]), tf.reshape(filter, [-1, depth]));
      return tf.reshape(product, filterShape);
    }
    const reach = filterReach(image, rows, columns);
    if (!reach) return tf.zeros(filterShape);
    const strides: [number, number] = [rows.stride, columns.stride];
    const gradient = tf.conv2d(reach.input, filter, 1, reach.padding, "NHWC", strides); // [C, kh, kw, D]
    return tf.transpose(gradient, [1, 2, 0, 3]); // [kh, kw, C, D]
  },
);

/** Whether every output cell reads exactly the input cell at its own place. */
function isPointwise({ inSize, outSize, filterSize, padBefore }: ConvolutionAxis): boolean {
  return filterSize === 1 && padBefore === 0 && inSize === outSize;
}

/**
 * The batch folds into the channels, x is convolved depthwise with dy as the filter (stride and dilation change
 * places), and the batch is summed.
 */
export const depthwiseConv2dBackpropFilter = wasmKernel<Inputs, Attributes>(
  tf.DepthwiseConv2dNativeBackpropFilter,
  ({ x, dy }, { filterShape, ...attributes }) => {
    const { rows, columns, batchSize } = convolutionGeometry(x.shape, filterShape, attributes, true);
    const [filterHeight, filterWidth, channels, multiplier] = filterShape;
    const folded = batchSize * channels;
    const image: tf.Tensor4D = tf.reshape(tf.transpose(x, [1, 2, 0, 3]), [
      1,
      rows.inSize,
      columns.inSize,
      folded,
    ]);
    const filter: tf.Tensor4D = tf.reshape(tf.transpose(dy, [1, 2, 0, 3]), [
      rows.outSize,
      columns.outSize,
      folded,
      multiplier,
    ]);
    const reach = filterReach(image, rows, columns);
    if (!reach) return tf.zeros(filterShape);
    const strides: [number, number] = [rows.dilation, columns.dilation];
    const dilations: [number, number] = [rows.stride, columns.stride];
    const gradient = tf.depthwiseConv2d(reach.input, filter, strides, reach.padding, "NHWC", dilations); // [1, kh, kw, B · C · M]
    return tf.sum(tf.reshape(gradient, [filterHeight, filterWidth, batchSize, channels, multiplier]), 2);
  },
);

/**
 * The part of a convolution's input that its filter ever reads, with the padding that makes it exactly as large: with
 * a stride the last cells may never be read, and their number must not add taps to the filter's gradient.
 *
 * @param x [·, H, W, ·].
 * @returns Nothing when the filter reads zeros only.
 */
function filterReach(
  x: tf.Tensor4D,
  rows: ConvolutionAxis,
  columns: ConvolutionAxis,
): { input: tf.Tensor4D; padding: Padding } | undefined {
  const [first, height, width, last] = x.shape;
  const [after, right] = [padAfter(rows), padAfter(columns)];
  if (height + after <= 0 || width + right <= 0) return undefined;
  const size: Shape4D = [first, height + Math.min(0, after), width + Math.min(0, right), last];
  const input = after < 0 || right < 0 ? tf.slice(x, [0, 0, 0, 0], size) : x;
  const padding: Padding = [
    [0, 0],
    [rows.padBefore, Math.max(0, after)],
    [columns.padBefore, Math.max(0, right)],
    [0, 0],
  ];
  return { input, padding };
}

/** Zeros read after the last cell; negative: cells at the end that are not read. */
function padAfter({ inSize, outSize, filterSize, stride, dilation, padBefore }: ConvolutionAxis): number {
  return (outSize - 1) * stride + (filterSize - 1) * dilation + 1 - inSize - padBefore;
}
