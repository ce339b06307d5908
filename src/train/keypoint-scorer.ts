import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type CocoKeypoints, truthOf } from "../../datasets/coco/coco-keypoints.ts";
import { createCodec } from "../../datasets/codecs/codecs.ts";
import { createLoader, type LoaderOptions } from "../../datasets/loader/loader.ts";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { KeypointEvaluation } from "../../eval/keypoint-evaluator.ts";
import type { Skeleton } from "../../eval/skeleton.ts";
import { STAT_NAMES } from "../../eval/summary.ts";
import { predictPersons } from "../infer/predict-persons.ts";
import { type AttentionSummary, attentionStatistics } from "../nn/attention-statistics.ts";
import { forwardPass } from "../nn/forward-pass.ts";
import { drawSamples } from "./draw-samples.ts";
import type { Scores } from "./run-records.ts";
import type { EncodedImage } from "./tensorboard/event.ts";

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
