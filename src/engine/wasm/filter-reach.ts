import * as tf from "@tensorflow/tfjs-core";
import type { Padding } from "./convolution-adjoint.ts";
import type { ConvolutionAxis } from "./convolution-geometry.ts";

/**
 * The part of a convolution's input that its filter ever reads, with the padding that makes it exactly as large: with
 * a stride the last cells may never be read, and their number must not add taps to the filter's gradient.
 *
 * @param x [·, H, W, ·].
 * @returns Nothing when the filter reads zeros only.
 */
export function filterReach(
  x: tf.Tensor4D,
  rows: ConvolutionAxis,
  columns: ConvolutionAxis,
): { input: tf.Tensor4D; padding: Padding } | undefined {
  const [first, height, width, last] = x.shape;
  const [after, right] = [padAfter(rows), padAfter(columns)];
  if (height + after <= 0 || width + right <= 0) return undefined;
  const size: [number, number, number, number] = [
    first,
    height + Math.min(0, after),
    width + Math.min(0, right),
    last,
  ];
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
