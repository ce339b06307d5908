import type { BoxTuple } from "../../eval/keypoint-data.ts";
import { type Affine, applyAffine, invertAffine, type Point } from "./affine.ts";

/** A rectangle of the plane, image pixels: x and y of its top left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The box of COCO's files and of the evaluator. */
export function boxOfTuple([x, y, width, height]: BoxTuple): Box {
  return { x, y, width, height };
}

export function tupleOfBox({ x, y, width, height }: Box): BoxTuple {
  return [x, y, width, height];
}

/** [height, width], in pixels. */
export type InputSize = readonly [height: number, width: number];

/**
 * Where the centres of the pixels of a crop lie.
 *
 * - `plain`: a crop of W pixels spans W steps, as SimpleBaseline and HRNet crop. Mirroring it moves the content by a
 *   fraction of a heatmap cell.
 * - `udp`: a crop of W pixels spans W - 1 steps, first centre to last. Mirroring is exact.
 *
 * Source of the distinction: Huang et al., "The Devil is in the Details", CVPR 2020 (arXiv 1911.07524).
 */
export type PixelConvention = "plain" | "udp";

/** The region of an image that becomes a network's input. */
export interface CropGeometry {
  /** Middle of the region, in image pixels. */
  readonly center: Point;
  /** Extent of the region before rotation, in image pixels. */
  readonly scale: { readonly width: number; readonly height: number };
  /** Radians; positive turns the region clockwise on screen, so its content counter-clockwise. */
  readonly rotation: number;
  /** Whether the crop shows the region mirrored left to right. */
  readonly mirrored: boolean;
}

/** HRNet and SimpleBaseline leave a quarter more than the box around a person. */
export const DEFAULT_PADDING = 1.25;

/**
 * The part of a box inside its image, or undefined if nothing of positive size is left.
 *
 * The box is an interval of the plane, [x, x + width]; HRNet clips the last whole pixel instead, which makes its boxes
 * one pixel smaller.
 */
export function clipBox(
  { x, y, width, height }: Box,
  imageWidth: number,
  imageHeight: number,
): Box | undefined {
  const left = Math.max(0, x);
  const top = Math.max(0, y);
  const right = Math.min(imageWidth, x + width);
  const bottom = Math.min(imageHeight, y + height);
  if (!(right > left && bottom > top)) return undefined;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * The region around a box with the input's aspect: the shorter side grows, then both by `padding`.
 *
 * @throws {RangeError} If the box has no positive, finite size.
 */
export function cropOfBox(box: Box, inputSize: InputSize, padding = DEFAULT_PADDING): CropGeometry {
  const { x, y, width, height } = box;
  if (!(width > 0 && height > 0 && Number.isFinite(x + y + width + height))) {
    throw new RangeError(
      `cropOfBox: expected a box of positive width and height, got [${tupleOfBox(box).join(", ")}]`,
    );
  }
  const aspect = inputSize[1] / inputSize[0];
  const fullWidth = Math.max(width, height * aspect);
  return {
    center: { x: x + width / 2, y: y + height / 2 },
    scale: { width: fullWidth * padding, height: (fullWidth / aspect) * padding },
    rotation: 0,
    mirrored: false,
  };
}

/**
 * Maps crop pixels to image pixels: image = center + R(rotation) · scale / extent · (crop - middle).
 *
 * @param size Size of the crop, or of its heatmap: [height, width] of whatever grid the points are in.
 */
export function cropToImage(crop: CropGeometry, size: InputSize, convention: PixelConvention): Affine {
  const [height, width] = size;
  // Steps between pixel centres that span the region.
  const stepsX = convention === "udp" ? width - 1 : width;
  const stepsY = convention === "udp" ? height - 1 : height;
  const pixelWidth = crop.scale.width / stepsX;
  const pixelHeight = crop.scale.height / stepsY;
  const cos = Math.cos(crop.rotation);
  const sin = Math.sin(crop.rotation);
  // Pixel x of a mirrored crop shows what pixel width - 1 - x would show unmirrored.
  const direction = crop.mirrored ? -1 : 1;
  const middleX = crop.mirrored ? width - 1 - stepsX / 2 : stepsX / 2;
  const middleY = stepsY / 2;
  const a = direction * cos * pixelWidth;
  const b = -sin * pixelHeight;
  const d = direction * sin * pixelWidth;
  const e = cos * pixelHeight;
  return [a, b, crop.center.x - a * middleX - b * middleY, d, e, crop.center.y - d * middleX - e * middleY];
}

/** Maps image pixels to crop pixels: the inverse of {@link cropToImage}. */
export function imageToCrop(crop: CropGeometry, size: InputSize, convention: PixelConvention): Affine {
  return invertAffine(cropToImage(crop, size, convention));
}

/**
 * Moves keypoints (x, y, visibility) from an image into a crop of it.
 *
 * @param counterparts For each keypoint the one that it shows if the crop is mirrored.
 */
export function keypointsInCrop(
  keypoints: ArrayLike<number>,
  toCrop: Affine,
  { mirrored }: Pick<CropGeometry, "mirrored">,
  counterparts: readonly number[],
): Float64Array {
  const points = new Float64Array(keypoints.length);
  for (let k = 0; k < keypoints.length / 3; k += 1) {
    const from = mirrored ? (counterparts[k] as number) : k;
    const { x, y } = applyAffine(toCrop, {
      x: keypoints[3 * from] as number,
      y: keypoints[3 * from + 1] as number,
    });
    points.set([x, y, keypoints[3 * from + 2] as number], 3 * k);
  }
  return points;
}

/** A value, or the bound that it lies beyond. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
