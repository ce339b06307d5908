/** From crops to persons, stage by stage: forward, flip test, decoding, back to the image, score. */
import * as tf from "@tensorflow/tfjs-core";
import type { HeatmapCodec } from "../../datasets/codecs/heatmap-codec.ts";
import { applyAffine } from "../../datasets/crop/affine.ts";
import { type CropGeometry, cropToImage } from "../../datasets/crop/crop-geometry.ts";
import { mirroredKeypoints, type Skeleton } from "../../eval/skeletons/skeleton.ts";

/** A keypoint network with what turns its output into keypoints. */
export interface PoseNetwork {
  /** From normalised crops [B, H, W, 3] to heatmaps [B, h, w, K], the caller's to dispose. */
  readonly forward: (crops: tf.Tensor4D) => tf.Tensor;
  /** The codec that its training targets were encoded with; its grid holds input and heatmap size. */
  readonly codec: HeatmapCodec;
  readonly skeleton: Skeleton;
  /** How much larger than its box a crop is. @default 1.25 */
  readonly padding?: number | undefined;
}

/**
 * Runs the network on a batch of crops and takes its heatmaps off the engine. Disposes all tensors it makes.
 *
 * @param images [B, H, W, 3], normalised, row-major.
 * @param size B.
 * @param flipTest Run the mirrored crops too and average: about one AP for twice the time.
 * @returns [B, h, w, K], row-major.
 */
export async function predictHeatmaps(
  { forward, codec, skeleton }: PoseNetwork,
  images: Float32Array,
  size: number,
  flipTest: boolean,
): Promise<Float32Array> {
  const input = tf.tensor4d(images, [size, ...codec.grid.inputSize, 3]);
  try {
    const own = await valuesOf(forward(input));
    if (!flipTest) return own;
    // A second batch rather than one of twice the size: the same time, half the memory.
    const mirrored = await valuesOf(tf.tidy(() => forward(tf.reverse(input, 2))));
    const shape = [size, ...codec.grid.heatmapSize, skeleton.keypoints.length] as const;
    return averageFlipped(own, mirrored, shape, mirroredKeypoints(skeleton), codec.flipShift);
  } finally {
    input.dispose();
  }
}

/** Takes a tensor's numbers and disposes it. */
async function valuesOf(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return (await tensor.data()) as Float32Array;
  } finally {
    tensor.dispose();
  }
}

/** Shape of a batch of heatmaps, stored [B, h, w, K] row-major. */
export type HeatmapShape = readonly [batch: number, height: number, width: number, keypoints: number];

/**
 * Averages the heatmaps of an image with those of its mirror image, brought back to the image's own frame: columns
 * reversed, left and right keypoints swapped.
 *
 * When cell x stands for the pixels from x·stride on (all codecs but UDP), mirroring moves the grid by
 * one cell less one pixel; `shift` moves the mirrored heatmaps right by that many cells, the freed columns keep
 * their values. A wrong shift costs 2 to 7 AP.
 *
 * @param heatmaps, mirrored Values of `shape`, row-major; neither is changed.
 * @param partner The keypoint that each becomes in the mirror image.
 * @param shift Cells to the right, 0 or 1: the codec's `flipShift`.
 * @returns A new array of the same shape.
 */
export function averageFlipped(
  heatmaps: Float32Array,
  mirrored: Float32Array,
  shape: HeatmapShape,
  partner: readonly number[],
  shift: number,
): Float32Array {
  const [batch, height, width, keypoints] = shape;
  const rows = batch * height;
  const merged = new Float32Array(heatmaps.length);
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < width; x++) {
      const unshifted = x < shift ? x : x - shift;
      const here = (row * width + x) * keypoints;
      const there = (row * width + (width - 1 - unshifted)) * keypoints;
      for (let k = 0; k < keypoints; k++) {
        const own = heatmaps[here + k] as number;
        const other = mirrored[there + (partner[k] as number)] as number;
        merged[here + k] = (own + other) / 2;
      }
    }
  }
  return merged;
}

/** The keypoints of one person, found in its heatmaps. */
export interface DecodedPerson {
  /** x, y in image pixels and score of each keypoint, flat: 3 numbers a keypoint. */
  readonly keypoints: Float64Array;
  /** Score of each keypoint alone. */
  readonly scores: Float64Array;
}

/**
 * Turns a batch of heatmaps into keypoints of the images that the crops were cut from.
 *
 * @param heatmaps [B, h, w, K], row-major.
 * @param crops The region that each sample of the batch shows.
 */
export function decodePersons(
  { codec, skeleton }: Pick<PoseNetwork, "codec" | "skeleton">,
  heatmaps: Float32Array,
  crops: readonly CropGeometry[],
): DecodedPerson[] {
  const { inputSize, heatmapSize } = codec.grid;
  const numKeypoints = skeleton.keypoints.length;
  const length = heatmapSize[0] * heatmapSize[1] * numKeypoints;
  return crops.map((crop, sample) => {
    const { points, scores } = codec.decode(heatmaps.subarray(sample * length, (sample + 1) * length));
    const toImage = cropToImage(crop, inputSize, codec.convention);
    const keypoints = new Float64Array(3 * numKeypoints);
    for (let k = 0; k < numKeypoints; k++) {
      const point = { x: points[2 * k] as number, y: points[2 * k + 1] as number };
      const { x, y } = applyAffine(toImage, point);
      keypoints.set([x, y, scores[k] as number], 3 * k);
    }
    return { keypoints, scores };
  });
}

/** Keypoints at or below this heatmap peak do not count towards a person's score. */
export const SCORE_THRESHOLD = 0.2;

/**
 * How certain it is that a person was found: the box's score times the mean of the keypoint scores above a threshold; 0 if none
 * is above it. Ranking by it, rather than by the box alone, is worth several AP with detector boxes.
 *
 * @param keypointScores Peak of each keypoint's heatmap, about 0 to 1.
 *
 * Source: Sun et al., CVPR 2019 (arXiv 1902.09212), its published evaluation.
 */
export function personScore(
  boxScore: number,
  keypointScores: ArrayLike<number>,
  threshold = SCORE_THRESHOLD,
): number {
  let sum = 0;
  let count = 0;
  for (let k = 0; k < keypointScores.length; k++) {
    const score = keypointScores[k] as number;
    if (!(score > threshold)) continue;
    sum += score;
    count++;
  }
  return count === 0 ? 0 : (boxScore * sum) / count;
}
