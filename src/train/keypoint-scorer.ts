import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type CocoKeypoints, truthOf } from "../../datasets/coco/coco-keypoints.ts";
import { createCodec } from "../../datasets/codecs/codecs.ts";
import { drawPoses } from "../../datasets/draw/draw-poses.ts";
import { IMAGENET_MEAN, IMAGENET_STD } from "../../datasets/image/normalise.ts";
import type { Batch } from "../../datasets/loader/batch.ts";
import { createLoader } from "../../datasets/loader/loader.ts";
import type { LoaderOptions } from "../../datasets/loader/loader-options.ts";
import { evaluateKeypoints, type KeypointEvaluation } from "../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { STAT_NAMES } from "../../eval/summary.ts";
import { type PoseNetwork, predictHeatmaps } from "../infer/pose-network.ts";
import { predictPersons } from "../infer/predict-persons.ts";
import { type AttentionSummary, attentionStatistics } from "../nn/attention.ts";
import { forwardPass } from "../nn/network.ts";
import type { EncodedImage, Scores } from "../run/run-records.ts";

/** Truth, what a network found, and how well it did. */
export interface KeypointValidation {
  readonly truth: KeypointTruth;
  readonly results: readonly KeypointResult[];
  readonly evaluation: KeypointEvaluation;
  readonly skeleton: Skeleton;
  /** Where the split's images are: their folder, and by id their file names. */
  readonly pictures: { readonly folder: string; readonly fileNames: ReadonlyMap<number, string> };
}

/** Scores a keypoint network, as it is at the time, on the persons of a data set, boxes from the ground truth. */
export function keypointScorer(
  model: LayersModel,
  coco: CocoKeypoints,
  options: LoaderOptions & { readonly codec: string; readonly sigma: number },
  { flipTest }: { readonly flipTest: boolean },
) {
  const { skeleton } = options;
  const loader = createLoader({ ...options, targets: false });
  const pass = forwardPass(model);
  const network = {
    forward: (crops: tf.Tensor4D) => pass.run([crops])[0] as tf.Tensor,
    codec: createCodec(options.codec, options),
    skeleton,
  };
  const evaluate = async (): Promise<KeypointValidation> => {
    const results = await predictPersons(network, loader.epoch(0), { flipTest, nms: { kind: "none" } });
    const truth = truthOf(coco);
    const evaluation = evaluateKeypoints(truth, results, { sigmas: skeleton.sigmas });
    const fileNames = new Map(coco.images.map(({ id, fileName }) => [id, fileName]));
    return { truth, results, evaluation, skeleton, pictures: { folder: options.imageDir, fileNames } };
  };
  return {
    evaluate,
    async close(): Promise<void> {
      pass.dispose();
      await loader.close();
    },
    async pictures(): Promise<EncodedImage[]> {
      for await (const batch of loader.epoch(0)) return drawSamples(network, batch);
      return [];
    },
    async attention(): Promise<AttentionSummary[]> {
      for await (const { images, size } of loader.epoch(0)) {
        const crops = tf.tensor4d(images, [size, ...options.inputSize, 3]);
        return attentionStatistics(model, crops).finally(() => crops.dispose());
      }
      return [];
    },
    async score(): Promise<Scores> {
      const { stats } = (await evaluate()).evaluation;
      return Object.fromEntries(STAT_NAMES.map((name, i) => [name, stats[i] ?? -1]));
    },
  };
}

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
