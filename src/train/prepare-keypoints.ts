import { requireSkeleton } from "../../datasets/coco/coco-keypoints.ts";
import { readAnnotations } from "../../datasets/coco/read-annotations.ts";
import { findSplit } from "../../datasets/coco/split-files.ts";
import { createLoader, type Loader } from "../../datasets/loader/loader.ts";
import type { LoaderOptions } from "../../datasets/loader/loader-options.ts";
import { personsByImage } from "../../datasets/loader/person-sample.ts";
import { findSkeleton } from "../../datasets/skeleton-file.ts";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import type { KeypointConfig } from "../config/schema.ts";
import { HEATMAP_STRIDE } from "../models/build-model.ts";
import { keypointScorer } from "./keypoint-scorer.ts";
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
  const trainSet = await readSplit(dataFolder, data.trainSplit, skeleton);
  const scoring =
    validation.interval > 0 ? await readSplit(dataFolder, data.validationSplit, skeleton) : undefined;
  const spec = { ...config.model, numKeypoints: skeleton.keypoints.length };
  const { model, startedFrom } = await startModel(spec, train);
  const loader = createLoader({
    ...settings,
    ...trainSet,
    batchSize: train.batchSize,
    augmentation: config.augment,
    shuffle: true,
    seed: train.seed,
  });
  const scorer =
    scoring &&
    keypointScorer(
      model,
      scoring.coco,
      { ...settings, ...scoring, batchSize: validation.batchSize ?? train.batchSize },
      { flipTest: validation.flipTest },
    );
  return {
    model,
    source: batchesOf(loader),
    objective: heatmapObjective(model.outputs[0]?.shape.slice(1) as number[], train.loss),
    samples: {
      train: `${trainSet.samples.length} persons`,
      validation: `${scoring?.samples.length ?? 0} persons`,
    },
    badImages: loader.badImages,
    scoreName: "AP",
    ...(scorer && {
      evaluate: scorer.evaluate,
      validate: scorer.score,
      samplePictures: scorer.pictures,
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

async function readSplit(dataFolder: string, split: string, skeleton: Skeleton) {
  const files = await findSplit(dataFolder, split);
  const coco = await readAnnotations(files.annotations);
  requireSkeleton(coco, skeleton);
  const samples = personsByImage(coco);
  if (samples.length === 0) {
    throw new Error(`${files.annotations}: expected persons with labelled keypoints, got none`);
  }
  return { coco, samples, imageDir: files.images };
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

/** The loader's batches as what the objective compares with. */
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
