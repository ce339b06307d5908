import { type Box, clipBox, tupleOfBox } from "../../datasets/crop/crop-geometry.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import { cropBoxes } from "../../datasets/loader/sample-row.ts";
import {
  type DecodedPerson,
  decodePersons,
  type PoseNetwork,
  personScore,
  predictHeatmaps,
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
    for (const [i, person] of persons.entries()) poses.push(toPose(network, some[i] as Box, person));
  }
  return poses;
}

async function detectBatch(
  network: PoseNetwork,
  image: RgbImage,
  boxes: readonly Box[],
  flipTest: boolean,
): Promise<DecodedPerson[]> {
  const { images, crops } = cropBoxes(image, boxes, network);
  const heatmaps = await predictHeatmaps(network, images, boxes.length, flipTest);
  return decodePersons(network, heatmaps, crops);
}

function toPose({ skeleton }: PoseNetwork, box: Box, { keypoints, scores }: DecodedPerson): Pose {
  return {
    box,
    score: personScore(1, scores),
    keypoints: skeleton.keypoints.map((name, k) => ({
      name,
      x: keypoints[3 * k] as number,
      y: keypoints[3 * k + 1] as number,
      score: scores[k] as number,
    })),
  };
}

/**
 * The boxes as far as they lie in the image; without any, the whole image.
 *
 * @throws {RangeError} If a box lies outside the image or has no size.
 */
export function boxesInImage(image: RgbImage, boxes?: readonly Box[]): Box[] {
  const whole: Box = { x: 0, y: 0, width: image.width, height: image.height };
  return (boxes ?? [whole]).map((box) => {
    const clipped = clipBox(box, image.width, image.height);
    if (clipped) return clipped;
    throw new RangeError(
      `box ${tupleOfBox(box).join(",")}: expected x,y,width,height that overlap the image of ${image.width}x${image.height} pixels`,
    );
  });
}
