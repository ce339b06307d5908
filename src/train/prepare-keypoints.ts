import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { requireSkeleton } from "../../datasets/coco/coco-keypoints.ts";
import { readAnnotations } from "../../datasets/coco/read-annotations.ts";
import { findSplit } from "../../datasets/coco/split-files.ts";
import { createCodec } from "../../datasets/codecs/codecs.ts";
import { drawPoses } from "../../datasets/draw/draw-poses.ts";
import { denormalise } from "../../datasets/image/normalise.ts";
import type { Batch } from "../../datasets/loader/batch.ts";
import { createLoader, type Loader } from "../../datasets/loader/loader.ts";
import type { LoaderOptions } from "../../datasets/loader/loader-options.ts";
import { findSkeleton } from "../../datasets/skeleton-file.ts";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { STAT_NAMES } from "../../eval/summary.ts";
import type { KeypointConfig } from "../config/schema.ts";
import { type PersonSplit, scoreSplit } from "../infer/evaluate-split.ts";
import { truthBoxes } from "../infer/person-boxes.ts";
import { type PoseNetwork, predictHeatmaps } from "../infer/pose-network.ts";
import { HEATMAP_STRIDE } from "../models/build-model.ts";
import { attentionStatistics } from "../nn/attention.ts";
import { forwardPass } from "../nn/network.ts";
import type { EncodedImage } from "../run/run-records.ts";
import { heatmapObjective } from "./objective.ts";
import { startModel } from "./start-model.ts";
import type { PrepareOptions, Training } from "./training.ts";
import type { BatchSource } from "./training-batch.ts";

/** {@link prepareTraining} of a keypoint network; the data is in COCO's layout. */
export async function prepareKeypoints(
  config: KeypointConfig,
  dataFolder: string,
  options: PrepareOptions,
): Promise<Training> {
  const { train, data, validation } = config;
  const skeleton = await findSkeleton(data.skeleton);
  const settings = { ...loaderSettings(config, skeleton), ...options };
  const trainSplit = await readSplit(dataFolder, data.trainSplit, skeleton);
  const validationSplit =
    validation.interval > 0 ? await readSplit(dataFolder, data.validationSplit, skeleton) : undefined;
  const spec = { ...config.model, numKeypoints: skeleton.keypoints.length };
  const { model, startedFrom } = await startModel(spec, train);
  const loader = createLoader({
    ...settings,
    ...samplesOf(trainSplit),
    batchSize: train.batchSize,
    augmentation: config.augment,
    shuffle: true,
    seed: train.seed,
  });
  const scorer =
    validationSplit &&
    keypointScorer(model, validationSplit, validation.flipTest, {
      ...settings,
      ...samplesOf(validationSplit),
      batchSize: validation.batchSize ?? train.batchSize,
      targets: false,
    });
  return {
    model,
    source: batchesOf(loader),
    objective: heatmapObjective(model.outputs[0]?.shape.slice(1) as number[], train.loss),
    samples: {
      train: `${trainSplit.boxes.samples.length} persons`,
      validation: `${validationSplit?.boxes.samples.length ?? 0} persons`,
    },
    badImages: loader.badImages,
    scoreName: "AP",
    ...(scorer && {
      evaluate: scorer.evaluate,
      validate: scorer.validate,
      samplePictures: scorer.samplePictures,
      attention: scorer.attention,
    }),
    info: { model: spec, codec: config.codec, skeleton, padding: data.padding },
    startedFrom,
    async close() {
      await loader.close();
      await scorer?.close();
      model.dispose();
    },
  };
}

async function readSplit(dataFolder: string, split: string, skeleton: Skeleton): Promise<PersonSplit> {
  const files = await findSplit(dataFolder, split);
  const coco = await readAnnotations(files.annotations);
  requireSkeleton(coco, skeleton);
  const boxes = truthBoxes(coco);
  if (boxes.samples.length === 0) {
    throw new Error(`${files.annotations}: expected persons with labelled keypoints, got none`);
  }
  return { files, coco, boxes };
}

function samplesOf({ boxes, files }: PersonSplit) {
  return { samples: boxes.samples, imageDir: files.images };
}

function loaderSettings({ model, codec, data }: KeypointConfig, skeleton: Skeleton) {
  const [height, width] = model.inputSize;
  return {
    skeleton,
    inputSize: model.inputSize,
    heatmapSize: [height / HEATMAP_STRIDE, width / HEATMAP_STRIDE],
    codec: codec.kind,
    sigma: codec.sigma,
    padding: data.padding,
    workers: data.workers,
    cacheMegabytes: data.cacheMegabytes / 2,
  } satisfies Partial<LoaderOptions>;
}

/** The loader's batches as images and the objective's targets. */
function batchesOf(loader: Loader): BatchSource {
  return {
    stepsPerEpoch: loader.stepsPerEpoch,
    async *epoch(epoch, firstBatch) {
      for await (const { heatmaps, weights, ...batch } of loader.epoch(epoch, firstBatch)) {
        yield { ...batch, targets: [heatmaps, weights] };
      }
    },
  };
}

/** Scores the model, as it is at the time, on the persons of a split. */
function keypointScorer(
  model: LayersModel,
  split: PersonSplit,
  flipTest: boolean,
  options: LoaderOptions & { readonly codec: string; readonly sigma: number },
) {
  const loader = createLoader(options);
  const pass = forwardPass(model);
  const network: PoseNetwork = {
    forward: (crops) => pass.run([crops])[0] as tf.Tensor,
    codec: createCodec(options.codec, options),
    skeleton: options.skeleton,
    padding: options.padding,
  };
  const evaluate = () => scoreSplit(network, split, loader, { flipTest });
  return {
    evaluate,
    async validate() {
      const { stats } = (await evaluate()).evaluation;
      return Object.fromEntries(STAT_NAMES.map((name, i) => [name, stats[i] ?? -1]));
    },
    async samplePictures() {
      for await (const batch of loader.epoch(0)) return drawSamples(network, batch);
      return [];
    },
    async attention() {
      for await (const { images, size } of loader.epoch(0)) {
        const crops = tf.tensor4d(images, [size, ...options.inputSize, 3]);
        return attentionStatistics(model, crops).finally(() => crops.dispose());
      }
      return [];
    },
    async close(): Promise<void> {
      pass.dispose();
      await loader.close();
    },
  };
}

/** Enough to see how a run is doing, few enough to look at. */
const SAMPLES = 12;

/** Draws what the network finds on the first crops of a batch, as the network sees them. */
async function drawSamples(
  network: PoseNetwork,
  batch: Pick<Batch, "size" | "images">,
): Promise<EncodedImage[]> {
  const { codec, skeleton } = network;
  const [height, width] = codec.grid.inputSize;
  const count = Math.min(SAMPLES, batch.size);
  const crops = batch.images.slice(0, count * height * width * 3);
  const heatmaps = await predictHeatmaps(network, crops, count, false);
  const pictures: EncodedImage[] = [];
  for (let i = 0; i < count; i++) {
    const data = denormalise(crops.subarray(i * height * width * 3, (i + 1) * height * width * 3));
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
