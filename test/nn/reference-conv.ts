import type { ConvKind } from "../../src/nn/ops/convolution.ts";
import type { Padding, Size } from "../../src/nn/ops/geometry.ts";
import { type Array64, at, mapIndices, sum } from "./float64.ts";

interface Geometry {
  readonly strides: Size;
  readonly padding: Padding;
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
  { strides: [sy, sx], padding: [top, bottom, left, right] }: Geometry,
): Array64 {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [kh, kw, , p, q] = kernels.shape as [number, number, number, number, number];
  const pixel = (b: number, y: number, column: number, c: number) =>
    y >= 0 && y < height && column >= 0 && column < width ? at(x, b, y, column, c) : 0;
  if (kind === "transpose") {
    // Cell (y, x) of the input spreads over the window that starts at (y·stride - padding).
    const [h, w] = [(height - 1) * sy + kh - top - bottom, (width - 1) * sx + kw - left - right];
    return mapIndices([batch, h, w, p], (b, y, column, o) =>
      sum(kh, (i) =>
        sum(kw, (j) => {
          const [row, col] = [(y + top - i) / sy, (column + left - j) / sx];
          if (!Number.isInteger(row) || !Number.isInteger(col)) return 0;
          return sum(channels, (c) => pixel(b, row, col, c) * mixed(kernels, attention, b, i, j, o, c));
        }),
      ),
    );
  }
  const h = Math.floor((height + top + bottom - kh) / sy) + 1;
  const w = Math.floor((width + left + right - kw) / sx) + 1;
  if (kind === "depthwise") {
    return mapIndices([batch, h, w, channels], (b, y, column, c) =>
      sum(kh, (i) =>
        sum(
          kw,
          (j) =>
            pixel(b, y * sy + i - top, column * sx + j - left, c) * mixed(kernels, attention, b, i, j, c, 0),
        ),
      ),
    );
  }
  return mapIndices([batch, h, w, q], (b, y, column, o) =>
    sum(kh, (i) =>
      sum(kw, (j) =>
        sum(
          channels,
          (c) =>
            pixel(b, y * sy + i - top, column * sx + j - left, c) * mixed(kernels, attention, b, i, j, c, o),
        ),
      ),
    ),
  );
}
