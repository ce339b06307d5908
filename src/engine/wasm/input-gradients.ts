// Gradients of convolutions with respect to their input, as convolutions of the output's gradient.
import * as tf from "@tensorflow/tfjs-core";
import {
  type ConvolutionAttributes,
  type ConvolutionAxis,
  type ConvolutionGeometry,
  convolutionGeometry,
  type Padding,
  type Shape4D,
} from "./convolution-geometry.ts";
import { wasmKernel } from "./wasm-kernel.ts";

type Inputs = { dy: tf.Tensor4D; filter: tf.Tensor4D };

interface Attributes extends ConvolutionAttributes {
  readonly inputShape: Shape4D;
}

/** Takes the place of tfjs's own kernel, a scalar loop: convolutions of dy with the flipped filter. */
export const conv2dBackpropInput = wasmKernel<Inputs, Attributes>(
  tf.Conv2DBackpropInput,
  ({ dy, filter }, { inputShape, ...attributes }) => {
    const geometry = convolutionGeometry(inputShape, filter.shape, attributes, false);
    return convolutionAdjoint(dy, filter, geometry, geometry.inChannels, (read, flipped, padding) =>
      tf.conv2d(read, tf.transpose(flipped, [0, 1, 3, 2]), 1, padding),
    );
  },
);

/**
 * A depthwise convolution of dy with the flipped filter, each of its C · M channels by itself, then the sum over the M
 * that came from the same input channel.
 */
export const depthwiseConv2dBackpropInput = wasmKernel<Inputs, Attributes>(
  tf.DepthwiseConv2dNativeBackpropInput,
  ({ dy, filter }, { inputShape, ...attributes }) => {
    const geometry = convolutionGeometry(inputShape, filter.shape, attributes, true);
    const [, , channels, multiplier] = filter.shape;
    const outChannels = channels * multiplier;
    const dilations: [number, number] = [geometry.rows.dilation, geometry.columns.dilation];
    const each = convolutionAdjoint(dy, filter, geometry, outChannels, (read, flipped, padding) => {
      const [height, width] = flipped.shape;
      const separate: tf.Tensor4D = tf.reshape(flipped, [height, width, outChannels, 1]);
      return tf.depthwiseConv2d(read, separate, 1, padding, "NHWC", dilations);
    });
    if (multiplier === 1) return each;
    const [batch, height, width] = inputShape;
    return tf.sum(tf.reshape(each, [batch, height, width, channels, multiplier]), 4);
  },
);

/** A stride-1 convolution of `dy` with a filter that has already been flipped. */
type Convolve = (dy: tf.Tensor4D, filter: tf.Tensor4D, padding: Padding) => tf.Tensor4D;

/** How the input cells `phase, phase + stride, …` of one axis get their gradient. */
interface Phase {
  /** First filter tap that reaches these cells; the others follow at steps of the stride. */
  readonly firstTap: number;
  readonly numTaps: number;
  /** Number of such cells. */
  readonly numCells: number;
  /** The cells of dy that are read. */
  readonly start: number;
  readonly size: number;
  /** Zeros read before and after them. */
  readonly padBefore: number;
  readonly padAfter: number;
}

/**
 * The gradient of a strided convolution with respect to its input, as stride-1 convolutions.
 *
 * Input cell i receives dy[y] · w[k] wherever stride · y + dilation · k − padBefore = i. For a fixed i mod stride only
 * every stride-th tap takes part, so each of these phases is a stride-1 convolution of dy with a part of the flipped
 * filter, and no product with an inserted zero is computed. The phases interleave to the gradient.
 *
 * @param dy [B, h, w, D].
 * @param filter [kh, kw, …], not flipped.
 * @param channels Channels of the result.
 * @returns [B, H, W, channels]; the caller disposes it.
 */
function convolutionAdjoint(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { rows, columns, batchSize }: ConvolutionGeometry,
  channels: number,
  convolve: Convolve,
): tf.Tensor4D {
  const phaseSize: [number, number] = [
    Math.ceil(rows.inSize / rows.stride),
    Math.ceil(columns.inSize / columns.stride),
  ];
  const strips = range(rows.stride).map((a) => {
    const row = phaseOf(rows, a);
    const cells = range(columns.stride).map((b) => {
      const column = phaseOf(columns, b);
      if (isEmpty(row) || isEmpty(column)) return tf.zeros<tf.Rank.R4>([batchSize, ...phaseSize, channels]);
      const taps = everyTap(everyTap(filter, row, rows.stride, 0), column, columns.stride, 1);
      return computePhase(dy, taps, row, column, phaseSize, convolve);
    });
    return interleave(cells, 3, [batchSize, phaseSize[0], phaseSize[1] * columns.stride, channels]);
  });
  const [height, width] = [phaseSize[0] * rows.stride, phaseSize[1] * columns.stride];
  const whole = interleave(strips, 2, [batchSize, height, width, channels]);
  if (height === rows.inSize && width === columns.inSize) return whole;
  return tf.slice(whole, [0, 0, 0, 0], [batchSize, rows.inSize, columns.inSize, channels]);
}

function phaseOf(
  { inSize, outSize, filterSize, stride, dilation, padBefore }: ConvolutionAxis,
  phase: number,
): Phase {
  const firstTap = (phase + padBefore) % stride;
  const numTaps = Math.max(0, Math.ceil((filterSize - firstTap) / stride));
  const numCells = Math.max(0, Math.ceil((inSize - phase) / stride));
  // The first cell reads dy up to this one, where the flipped filter ends.
  const last = (phase + padBefore - firstTap) / stride;
  const span = dilation * (numTaps - 1);
  const start = Math.max(0, last - span);
  const end = Math.min(outSize, last + numCells);
  return {
    firstTap,
    numTaps,
    numCells,
    start,
    size: end - start,
    padBefore: Math.max(0, span - last),
    padAfter: Math.max(0, last + numCells - outSize),
  };
}

/** No gradient reaches an empty phase. (tfjs's WebAssembly kernels write out of bounds on empty tensors.) */
function isEmpty({ numTaps, numCells, size }: Phase): boolean {
  return numTaps === 0 || numCells === 0 || size <= 0;
}

/** A phase's taps along one axis of the filter, last one first. */
function everyTap(
  filter: tf.Tensor4D,
  { firstTap, numTaps }: Phase,
  stride: number,
  axis: 0 | 1,
): tf.Tensor4D {
  if (stride === 1) return tf.reverse(filter, axis);
  const taps = range(numTaps).map((tap) => firstTap + stride * (numTaps - 1 - tap));
  return tf.gather(filter, tf.tensor1d(taps, "int32"), axis);
}

/** One phase, with zeros at its end where the input's size is no multiple of the stride. */
function computePhase(
  dy: tf.Tensor4D,
  taps: tf.Tensor4D,
  row: Phase,
  column: Phase,
  [height, width]: [number, number],
  convolve: Convolve,
): tf.Tensor4D {
  const [batch, outHeight, outWidth, depth] = dy.shape;
  const isWhole = row.size === outHeight && column.size === outWidth;
  const read = isWhole
    ? dy
    : tf.slice(dy, [0, row.start, column.start, 0], [batch, row.size, column.size, depth]);
  const cells = convolve(
    read,
    taps,
    padding([row.padBefore, row.padAfter], [column.padBefore, column.padAfter]),
  );
  if (row.numCells === height && column.numCells === width) return cells;
  return tf.pad(cells, padding([0, height - row.numCells], [0, width - column.numCells]));
}

function padding(rows: [number, number], columns: [number, number]): Padding {
  return [[0, 0], rows, columns, [0, 0]];
}

function interleave(parts: tf.Tensor4D[], axis: number, shape: Shape4D): tf.Tensor4D {
  return parts.length === 1 && parts[0] ? parts[0] : tf.reshape(tf.stack(parts, axis), shape);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
