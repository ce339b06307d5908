import * as tf from "@tensorflow/tfjs-core";
import { averageFlipped, mirroredKeypoints } from "./flip-test.ts";
import type { PoseNetwork } from "./network.ts";

/**
 * Runs the network on a batch of crops and takes its heatmaps off the engine.
 *
 * @param input [B, H, W, 3], normalised. Stays the caller's; every tensor made here is disposed here.
 * @param flipTest Run the mirrored crops too and average: about one AP for twice the time.
 * @returns [B, h, w, K], row-major.
 */
export async function predictHeatmaps(
  { forward, codec, skeleton }: PoseNetwork,
  input: tf.Tensor4D,
  flipTest: boolean,
): Promise<Float32Array> {
  const own = await valuesOf(forward(input));
  if (!flipTest) return own;
  // A second batch rather than one of twice the size: the same time, half the memory.
  const mirrored = await valuesOf(tf.tidy(() => forward(tf.reverse(input, 2))));
  const [height, width] = codec.grid.heatmapSize;
  const shape = [input.shape[0], height, width, skeleton.keypoints.length] as const;
  return averageFlipped(own, mirrored, shape, mirroredKeypoints(skeleton), codec.flipShift);
}

/** Takes a tensor's numbers and disposes it. */
async function valuesOf(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return (await tensor.data()) as Float32Array;
  } finally {
    tensor.dispose();
  }
}
