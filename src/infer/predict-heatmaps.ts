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
  { model, codec, skeleton }: PoseNetwork,
  input: tf.Tensor4D,
  flipTest: boolean,
): Promise<Float32Array> {
  const own = await forward(model, input);
  if (!flipTest) return own;
  // A second batch rather than one of twice the size: the same time, half the memory.
  const flipped = tf.reverse(input, 2);
  const mirrored = await forward(model, flipped).finally(() => flipped.dispose());
  const [height, width] = codec.grid.heatmapSize;
  const shape = [input.shape[0], height, width, skeleton.keypoints.length] as const;
  return averageFlipped(own, mirrored, shape, mirroredKeypoints(skeleton), codec.flipShift);
}

async function forward(model: PoseNetwork["model"], input: tf.Tensor4D): Promise<Float32Array> {
  const heatmaps = model.predictOnBatch(input) as tf.Tensor;
  try {
    return (await heatmaps.data()) as Float32Array;
  } finally {
    heatmaps.dispose();
  }
}
