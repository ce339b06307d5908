import { type CropGeometry, clipBox, DEFAULT_PADDING } from "../../datasets/crop/crop-geometry.ts";
import { IMAGENET_MEAN, IMAGENET_STD } from "../../datasets/image/normalise.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import { createSampleRenderer, type SampleRenderer } from "../../datasets/loader/sample-renderer.ts";
import type { BoxTuple } from "../../eval/keypoint-data.ts";
import type { PoseNetwork } from "./network.ts";

/** Image pixels; x and y of the top left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The boxes as far as they lie in the image; without any, the whole image.
 *
 * @throws {RangeError} If a box lies outside the image or has no size.
 */
export function boxesInImage(image: RgbImage, boxes?: readonly Box[]): BoxTuple[] {
  const whole: Box = { x: 0, y: 0, width: image.width, height: image.height };
  return (boxes ?? [whole]).map(({ x, y, width, height }) => {
    const clipped = clipBox([x, y, width, height], image.width, image.height);
    if (clipped) return clipped;
    throw new RangeError(
      `box ${[x, y, width, height].join(",")}: expected x,y,width,height that overlap the image of ${image.width}x${image.height} pixels`,
    );
  });
}

/** Crops as a network takes them. */
export interface BoxCrops {
  /** `[B, H, W, 3]`, normalised. */
  readonly images: Float32Array;
  /** Where each crop lies in the image. */
  readonly crops: readonly CropGeometry[];
}

/** Cuts boxes, with the room around that the network is used to, out of an image. */
export function cropBoxes(network: PoseNetwork, image: RgbImage, boxes: readonly BoxTuple[]): BoxCrops {
  const render = rendererOf(network);
  const [height, width] = network.codec.grid.inputSize;
  const length = height * width * 3;
  const images = new Float32Array(boxes.length * length);
  const crops = boxes.map((box, i): CropGeometry => {
    const row = images.subarray(i * length, (i + 1) * length);
    const noTarget = { heatmaps: new Float32Array(0), weights: new Float32Array(0) };
    return render(image, { box, keypoints: [] }, [0, 0, 0], { image: row, ...noTarget });
  });
  return { images, crops };
}

function rendererOf({ codec, skeleton, padding = DEFAULT_PADDING }: PoseNetwork): SampleRenderer {
  return createSampleRenderer({
    codec: codec.name,
    grid: codec.grid,
    padding,
    mean: IMAGENET_MEAN,
    std: IMAGENET_STD,
    flipPairs: skeleton.flipPairs,
    lowerBody: [],
    augmentation: undefined,
  });
}
