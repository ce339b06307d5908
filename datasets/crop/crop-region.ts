import type { PixelRegion } from "../image/rgb-image.ts";
import { type Affine, applyAffine } from "./affine.ts";
import type { InputSize } from "./crop-geometry.ts";

/**
 * The pixels of an image that a crop of it is made from.
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

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
