import type { ConvKind } from "../../src/nn/ops/convolution.ts";
import type { Padding, Size } from "../../src/nn/ops/geometry.ts";
import { type Array64, at, mapIndices, sum } from "./float64.ts";

interface Geometry {
  readonly strides: Size;
  readonly padding: Padding;
  /** Cells from tap to tap. @default [1, 1] */
  readonly dilation?: Size;
  /** Of channels, each convolved by itself; for kind "conv". @default 1 */
  readonly groups?: number;
}

/** Σ_k attention[b, k] · kernels[i, j, k, ...] */
const mixed = (kernels: Array64, attention: Array64, b: number, i: number, j: number, p: number, q: number) =>
  sum(attention.shape[1] as number, (k) => at(attention, b, k) * at(kernels, i, j, k, p, q));

/** The definition, loop by loop: every output cell sums over its window with its own sample's kernel. */
export function referenceDynamicConv(
  x: Array64,
  kernels: Array64,
  attention: Array64,
  kind: ConvKind,
  {
    strides: [sy, sx],
    padding: [top, bottom, left, right],
    dilation: [dy, dx] = [1, 1],
    groups = 1,
  }: Geometry,
): Array64 {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [kh, kw, , p, q] = kernels.shape as [number, number, number, number, number];
  const pixel = (b: number, y: number, column: number, c: number) =>
    y >= 0 && y < height && column >= 0 && column < width ? at(x, b, y, column, c) : 0;
  // Cells that a window covers, gaps included.
  const [tall, wide] = [(kh - 1) * dy + 1, (kw - 1) * dx + 1];
  if (kind === "transpose") {
    // Cell (y, x) of the input spreads over the window that starts at (y·stride - padding).
    const [h, w] = [(height - 1) * sy + tall - top - bottom, (width - 1) * sx + wide - left - right];
    return mapIndices([batch, h, w, p], (b, y, column, o) =>
      sum(kh, (i) =>
        sum(kw, (j) => {
          const [row, col] = [(y + top - i * dy) / sy, (column + left - j * dx) / sx];
          if (!Number.isInteger(row) || !Number.isInteger(col)) return 0;
          return sum(channels, (c) => pixel(b, row, col, c) * mixed(kernels, attention, b, i, j, o, c));
        }),
      ),
    );
  }
  const h = Math.floor((height + top + bottom - tall) / sy) + 1;
  const w = Math.floor((width + left + right - wide) / sx) + 1;
  if (kind === "depthwise") {
    return mapIndices([batch, h, w, channels], (b, y, column, c) =>
      sum(kh, (i) =>
        sum(
          kw,
          (j) =>
            pixel(b, y * sy + i * dy - top, column * sx + j * dx - left, c) *
            mixed(kernels, attention, b, i, j, c, 0),
        ),
      ),
    );
  }
  // Of each group: `p` input channels, and q / groups of the output's.
  return mapIndices([batch, h, w, q], (b, y, column, o) => {
    const first = Math.floor((o * groups) / q) * p;
    return sum(kh, (i) =>
      sum(kw, (j) =>
        sum(
          p,
          (c) =>
            pixel(b, y * sy + i * dy - top, column * sx + j * dx - left, first + c) *
            mixed(kernels, attention, b, i, j, c, o),
        ),
      ),
    );
  });
}
