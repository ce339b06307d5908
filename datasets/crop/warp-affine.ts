import type { PixelRegion, RgbImage } from "../image/rgb-image.ts";
import { type Affine, applyAffine } from "./affine.ts";
import { clamp, type InputSize } from "./crop-geometry.ts";

/** Positions are rounded to 1/2048 pixel: two such fractions times a colour fit 30 bits. */
const FRACTION_BITS = 11;
const ONE = 1 << FRACTION_BITS;
const FRACTION = ONE - 1;
const HALF = 1 << (2 * FRACTION_BITS - 1);

/**
 * Samples an image on another grid, bilinearly; black outside the image. Of a rectangle of a picture, the result is
 * the same to the last bit as of the whole, provided that it reaches no further.
 *
 * The same picture as OpenCV's `warpAffine(image, map, size, flags=INTER_LINEAR | WARP_INVERSE_MAP)`: no value differs
 * by more than 1 from its floating-point kernels (OpenCV 5); its classic kernels round positions to 1/32 pixel, which
 * alone moves a value by up to 1/32 of the contrast between neighbours.
 *
 * @param map From pixels of the result to pixels of `image`.
 * @param size Size of the result: [height, width], pixels.
 * @param out Where to write, height · width · 3; a new array unless given.
 */
export function warpAffine(
  image: RgbImage,
  map: Affine,
  size: InputSize,
  out: Uint8Array = new Uint8Array(size[0] * size[1] * 3),
): Uint8Array {
  const [height, width] = size;
  const { left = 0, top = 0 } = image;
  for (let y = 0; y < height; y += 1) {
    const startX = map[1] * y + map[2];
    const startY = map[4] * y + map[5];
    // Pixels from `first` up to `last` have all four neighbours inside the image: no checks needed there.
    const [firstX, lastX] = insideSpan(startX, map[0], left, left + image.width - 1, width);
    const [firstY, lastY] = insideSpan(startY, map[3], top, top + image.height - 1, width);
    const first = Math.max(firstX, firstY);
    const last = Math.max(first, Math.min(lastX, lastY));
    warpBorder(image, map, startX, startY, out, y * width, 0, Math.min(first, width));
    warpInside(image, map, startX, startY, out, y * width, first, last);
    warpBorder(image, map, startX, startY, out, y * width, last, width);
  }
  return out;
}

/** The whole numbers i in [0, count) for which start + step · i lies in [from, to), rounded or not. */
function insideSpan(
  start: number,
  step: number,
  from: number,
  to: number,
  count: number,
): [first: number, last: number] {
  const margin = 1 / ONE;
  const low = from + margin;
  const high = to - margin;
  if (Math.abs(step) < 1e-12) return start >= low && start <= high ? [0, count] : [count, count];
  const a = (low - start) / step;
  const b = (high - start) / step;
  const first = Math.max(0, Math.ceil(Math.min(a, b)));
  const last = Math.min(count, Math.floor(Math.max(a, b)) + 1);
  return first < last ? [first, last] : [count, count];
}

function warpInside(
  { data, width, left: firstColumn = 0, top: firstRow = 0 }: RgbImage,
  map: Affine,
  startX: number,
  startY: number,
  out: Uint8Array,
  row: number,
  first: number,
  last: number,
): void {
  // In units of 1/2048 pixel; the half rounds where `| 0` cuts off.
  const stepX = map[0] * ONE;
  const stepY = map[3] * ONE;
  const originX = startX * ONE + 0.5;
  const originY = startY * ONE + 0.5;
  const skipped = firstRow * width + firstColumn;
  const below = width * 3;
  for (let x = first, o = (row + first) * 3; x < last; x += 1, o += 3) {
    const sourceX = (originX + stepX * x) | 0;
    const sourceY = (originY + stepY * x) | 0;
    const pixel = Math.imul(sourceY >> FRACTION_BITS, width) + (sourceX >> FRACTION_BITS) - skipped;
    const i = pixel * 3;
    const right = sourceX & FRACTION;
    const down = sourceY & FRACTION;
    out[o] = blend(data, i, i + below, right, down);
    out[o + 1] = blend(data, i + 1, i + 1 + below, right, down);
    out[o + 2] = blend(data, i + 2, i + 2 + below, right, down);
  }
}

/** Between a value, the next pixel's, and those of the row below. */
function blend(data: Uint8Array, i: number, j: number, right: number, down: number): number {
  const left = data[i] as number;
  const leftBelow = data[j] as number;
  const above = (left << FRACTION_BITS) + Math.imul((data[i + 3] as number) - left, right);
  const below = (leftBelow << FRACTION_BITS) + Math.imul((data[j + 3] as number) - leftBelow, right);
  return ((above << FRACTION_BITS) + Math.imul(below - above, down) + HALF) >> (2 * FRACTION_BITS);
}

/** The same with a check for every neighbour. */
function warpBorder(
  { data, width, height, left: firstColumn = 0, top: firstRow = 0 }: RgbImage,
  map: Affine,
  startX: number,
  startY: number,
  out: Uint8Array,
  row: number,
  first: number,
  last: number,
): void {
  for (let x = first, o = (row + first) * 3; x < last; x += 1, o += 3) {
    const sourceX = Math.floor(startX * ONE + 0.5 + map[0] * ONE * x);
    const sourceY = Math.floor(startY * ONE + 0.5 + map[3] * ONE * x);
    const left = Math.floor(sourceX / ONE);
    const top = Math.floor(sourceY / ONE);
    const right = sourceX - left * ONE;
    const bottom = sourceY - top * ONE;
    for (let channel = 0; channel < 3; channel += 1) {
      let sum = HALF;
      for (let corner = 0; corner < 4; corner += 1) {
        const column = left - firstColumn + (corner & 1);
        const line = top - firstRow + (corner >> 1);
        if (column < 0 || line < 0 || column >= width || line >= height) continue;
        const weight = (corner & 1 ? right : ONE - right) * (corner >> 1 ? bottom : ONE - bottom);
        sum += (data[(line * width + column) * 3 + channel] as number) * weight;
      }
      out[o + channel] = sum >> (2 * FRACTION_BITS);
    }
  }
}

/**
 * The pixels of an image that {@link warpAffine} reads for a crop of it.
 *
 * @param map From crop pixels to image pixels.
 * @param imageSize [height, width], pixels.
 * @returns A region inside the image: one pixel of it, if the crop shows none.
 */
export function cropRegion(map: Affine, cropSize: InputSize, imageSize: InputSize): PixelRegion {
  const [right, bottom] = [cropSize[1] - 1, cropSize[0] - 1];
  const corners = [
    [0, 0],
    [right, 0],
    [0, bottom],
    [right, bottom],
  ].map(([x = 0, y = 0]) => applyAffine(map, { x, y }));
  const columns = wholePixels(
    corners.map(({ x }) => x),
    imageSize[1],
  );
  const rows = wholePixels(
    corners.map(({ y }) => y),
    imageSize[0],
  );
  return { left: columns.first, top: rows.first, width: columns.count, height: rows.count };
}

/** The pixels from the lowest position to the highest, with the neighbour that interpolation reads, within [0, size). */
function wholePixels(positions: readonly number[], size: number): { first: number; count: number } {
  // Rounding may move a position over a pixel's edge: one more on each side.
  const first = clamp(Math.floor(Math.min(...positions)) - 1, 0, size - 1);
  const last = clamp(Math.floor(Math.max(...positions)) + 2, first, size - 1);
  return { first, count: last - first + 1 };
}
