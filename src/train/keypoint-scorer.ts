import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type CocoKeypoints, truthOf } from "../../datasets/coco/coco-keypoints.ts";
import { createCodec } from "../../datasets/codecs/codecs.ts";
import { createLoader, type LoaderOptions } from "../../datasets/loader/loader.ts";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import { STAT_NAMES } from "../../eval/summary.ts";
import { predictPersons } from "../infer/predict-persons.ts";
import { type AttentionSummary, attentionStatistics } from "../nn/attention-statistics.ts";
import { forwardPass } from "../nn/forward-pass.ts";
import { drawSamples } from "./draw-samples.ts";
import type { Scores } from "./run-records.ts";
import type { EncodedImage } from "./tensorboard/event.ts";

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
  return {
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
      const results = await predictPersons(network, loader.epoch(0), { flipTest, nms: { kind: "none" } });
      const { stats } = evaluateKeypoints(truthOf(coco), results, { sigmas: skeleton.sigmas });
      return Object.fromEntries(STAT_NAMES.map((name, i) => [name, stats[i] ?? -1]));
    },
  };
}
