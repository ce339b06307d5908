import * as tf from "@tensorflow/tfjs-core";
import { drawPoses } from "../../datasets/draw/draw-poses.ts";
import { IMAGENET_MEAN, IMAGENET_STD } from "../../datasets/image/normalise.ts";
import type { Batch } from "../../datasets/loader/batch.ts";
import type { PoseNetwork } from "../infer/network.ts";
import { predictHeatmaps } from "../infer/predict-heatmaps.ts";
import type { EncodedImage } from "./tensorboard/event.ts";

/** Enough to see how a run is doing, few enough to look at. */
const SAMPLES = 12;

/** Draws what the network finds on the first crops of a batch, as the network sees them. */
export async function drawSamples(
  network: PoseNetwork,
  batch: Pick<Batch, "size" | "images">,
): Promise<EncodedImage[]> {
  const { codec, skeleton } = network;
  const [height, width] = codec.grid.inputSize;
  const count = Math.min(SAMPLES, batch.size);
  const crops = batch.images.slice(0, count * height * width * 3);
  const input = tf.tensor4d(crops, [count, height, width, 3]);
  const heatmaps = await predictHeatmaps(network, input, false).finally(() => input.dispose());
  const pictures: EncodedImage[] = [];
  for (let i = 0; i < count; i++) {
    const data = toBytes(crops.subarray(i * height * width * 3, (i + 1) * height * width * 3));
    const length = heatmaps.length / count;
    const { points, scores } = codec.decode(heatmaps.subarray(i * length, (i + 1) * length));
    const keypoints = skeleton.keypoints.map((_, k) => ({
      x: points[2 * k] as number,
      y: points[2 * k + 1] as number,
      score: scores[k] as number,
    }));
    const bytes = await drawPoses({ width, height, data }, [{ keypoints }], skeleton);
    pictures.push({ width, height, bytes });
  }
  return pictures;
}

/** Undoes the loader's normalisation. */
function toBytes(pixels: Float32Array): Uint8Array {
  return Uint8Array.from(pixels, (value, i) => {
    const channel = i % 3;
    const share = value * (IMAGENET_STD[channel] as number) + (IMAGENET_MEAN[channel] as number);
    return Math.round(255 * Math.min(1, Math.max(0, share)));
  });
}
