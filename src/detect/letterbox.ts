import type { Affine } from "../../datasets/crop/affine.ts";
import { clamp } from "../../datasets/crop/crop-geometry.ts";
import { warpAffine } from "../../datasets/crop/warp-affine.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";

/** How a picture lies in a network's input: scaled the same both ways, in the middle, black around it. */
export interface LetterboxGeometry {
  /** [height, width] of the input, pixels. */
  readonly inputSize: readonly [height: number, width: number];
  /** Input pixels that one picture pixel becomes. */
  readonly scale: number;
  /** Input pixels left of the picture. */
  readonly left: number;
  /** Input pixels above it. */
  readonly top: number;
}

/** A rectangle by its edges. */
export interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The largest place for a picture of that size in the input. */
export function letterboxGeometry(
  picture: { readonly width: number; readonly height: number },
  inputSize: readonly [height: number, width: number],
): LetterboxGeometry {
  const [height, width] = inputSize;
  const scale = Math.min(width / picture.width, height / picture.height);
  return {
    inputSize,
    scale,
    left: (width - picture.width * scale) / 2,
    top: (height - picture.height * scale) / 2,
  };
}

/** Moves edges from the input back into the picture, as far as they lie in it. */
export function edgesInPicture(
  { left, top, right, bottom }: Edges,
  geometry: LetterboxGeometry,
  picture: { readonly width: number; readonly height: number },
): Edges {
  const x = (value: number) => clamp((value - geometry.left) / geometry.scale, 0, picture.width);
  const y = (value: number) => clamp((value - geometry.top) / geometry.scale, 0, picture.height);
  return { left: x(left), top: y(top), right: x(right), bottom: y(bottom) };
}

/**
 * Draws a picture into the input: averaged by a whole factor where it is more than twice too large, so that nothing
 * between the samples is lost, then sampled bilinearly.
 *
 * @returns RGB, height · width · 3.
 */
export function letterbox(picture: RgbImage, geometry: LetterboxGeometry): Uint8Array {
  const factor = Math.max(1, Math.floor(1 / geometry.scale));
  const small = shrink(picture, factor);
  // Input pixel i shows what is at (i + ½ − left) / scale of the picture; pixel j of the shrunken one is centred at (j + ½) · factor.
  const step = 1 / (geometry.scale * factor);
  const map: Affine = [
    step,
    0,
    (0.5 - geometry.left) * step - 0.5,
    0,
    step,
    (0.5 - geometry.top) * step - 0.5,
  ];
  return warpAffine(small, map, geometry.inputSize);
}

/** Averages blocks of factor × factor pixels; those at the right and bottom edge may be cut short. */
function shrink(picture: RgbImage, factor: number): RgbImage {
  if (factor === 1) return { width: picture.width, height: picture.height, data: picture.data };
  const { width, height, data } = picture;
  const small = { width: Math.ceil(width / factor), height: Math.ceil(height / factor) };
  const out = new Uint8Array(small.width * small.height * 3);
  const sums = new Float64Array(small.width * 3);
  for (let row = 0; row < small.height; row += 1) {
    const [firstY, lastY] = [row * factor, Math.min(height, (row + 1) * factor)];
    sums.fill(0);
    for (let y = firstY; y < lastY; y += 1) {
      let from = y * width * 3;
      for (let column = 0; column < small.width; column += 1) {
        const end = Math.min(width, (column + 1) * factor);
        let [red, green, blue] = [0, 0, 0];
        for (let x = column * factor; x < end; x += 1, from += 3) {
          red += data[from] as number;
          green += data[from + 1] as number;
          blue += data[from + 2] as number;
        }
        sums[3 * column] = (sums[3 * column] as number) + red;
        sums[3 * column + 1] = (sums[3 * column + 1] as number) + green;
        sums[3 * column + 2] = (sums[3 * column + 2] as number) + blue;
      }
    }
    for (let i = 0; i < sums.length; i += 1) {
      const columns = Math.min(width, (Math.floor(i / 3) + 1) * factor) - Math.floor(i / 3) * factor;
      out[row * sums.length + i] = Math.round((sums[i] as number) / (columns * (lastY - firstY)));
    }
  }
  return { ...small, data: out };
}
