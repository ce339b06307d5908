import { applyAffine } from "../../datasets/crop/affine.ts";
import { type CropGeometry, cropToImage } from "../../datasets/crop/crop-geometry.ts";
import type { PoseNetwork } from "./network.ts";

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
