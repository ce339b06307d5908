import * as tf from "@tensorflow/tfjs-core";
import { type CropGeometry, clipBox, DEFAULT_PADDING } from "../../datasets/crop/crop-geometry.ts";
import { IMAGENET_MEAN, IMAGENET_STD } from "../../datasets/image/normalise.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import { createSampleRenderer, type SampleRenderer } from "../../datasets/loader/sample-row.ts";
import type { BoxTuple } from "../../eval/keypoint-data.ts";
import {
  type DecodedPerson,
  decodePersons,
  type PoseNetwork,
  predictHeatmaps,
  rescore,
} from "./pose-network.ts";

export interface PoseKeypoint {
  readonly name: string;
  /** Image pixels; may lie outside the image. */
  readonly x: number;
  readonly y: number;
  /** Height of the heatmap's peak, about 0 to 1. */
  readonly score: number;
}

/** One person found in an image. */
export interface Pose {
  /** Where the person was looked for: the box given, clipped to the image. */
  readonly box: Box;
  /** Mean of the keypoint scores above 0.2, or 0. */
  readonly score: number;
  /** In the skeleton's order. */
  readonly keypoints: readonly PoseKeypoint[];
}

export interface DetectOptions {
  /** Average with the mirrored image. @default true */
  readonly flipTest?: boolean;
  /** Boxes that go through the network at a time. @default 8 */
  readonly batchSize?: number;
}

/**
 * Finds the pose of the person in each box of an image. Owns the tensors it makes and disposes all of them.
 *
 * @param boxes One person each; without any, the whole image is one person's box. May overlap and reach over the border.
 * @returns One pose a box, in the order of the boxes.
 * @throws {RangeError} If a box lies outside the image or has no size.
 */
export async function detectPoses(
  network: PoseNetwork,
  image: RgbImage,
  boxes?: readonly Box[],
  options: DetectOptions = {},
): Promise<Pose[]> {
  const { flipTest = true, batchSize = 8 } = options;
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`detectPoses: expected a whole batchSize above 0, got ${batchSize}`);
  }
  const clipped = boxesInImage(image, boxes);
  const poses: Pose[] = [];
  for (let first = 0; first < clipped.length; first += batchSize) {
    const some = clipped.slice(first, first + batchSize);
    const persons = await detectBatch(network, image, some, flipTest);
    for (const [i, person] of persons.entries()) poses.push(toPose(network, some[i] as BoxTuple, person));
  }
  return poses;
}

async function detectBatch(
  network: PoseNetwork,
  image: RgbImage,
  boxes: readonly BoxTuple[],
  flipTest: boolean,
): Promise<DecodedPerson[]> {
  const [height, width] = network.codec.grid.inputSize;
  const { images, crops } = cropBoxes(network, image, boxes);
  const input = tf.tensor4d(images, [boxes.length, height, width, 3]);
  const heatmaps = await predictHeatmaps(network, input, flipTest).finally(() => input.dispose());
  return decodePersons(network, heatmaps, crops);
}

function toPose(
  { skeleton }: PoseNetwork,
  [x, y, width, height]: BoxTuple,
  { keypoints, scores }: DecodedPerson,
): Pose {
  return {
    box: { x, y, width, height },
    score: rescore(1, scores),
    keypoints: skeleton.keypoints.map((name, k) => ({
      name,
      x: keypoints[3 * k] as number,
      y: keypoints[3 * k + 1] as number,
      score: scores[k] as number,
    })),
  };
}

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
