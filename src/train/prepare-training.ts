import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { readAnnotations, truthOf } from "../../datasets/coco/read-annotations.ts";
import { findSplit } from "../../datasets/coco/split-files.ts";
import { createCodec } from "../../datasets/codecs/codecs.ts";
import { createLoader, type Loader, type LoaderOptions } from "../../datasets/loader/loader.ts";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { KeypointEvaluation } from "../../eval/keypoint-evaluator.ts";
import type { Skeleton } from "../../eval/skeleton.ts";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { STAT_NAMES } from "../../eval/summary.ts";
import type { Config } from "../config/schema.ts";
import { truthBoxes } from "../infer/person-boxes.ts";
import { predictPersons } from "../infer/predict-persons.ts";
import { buildModel, HEATMAP_STRIDE } from "../models/build-model.ts";
import { type AttentionSummary, attentionStatistics } from "../nn/attention-statistics.ts";
import { forwardPass } from "../nn/forward-pass.ts";
import { adoptWeights } from "../weights/import/adopt-weights.ts";
import { readWeightsFile } from "../weights/load-weights.ts";
import type { WeightsInfo } from "../weights/weights-info.ts";
import { drawSamples } from "./draw-samples.ts";
import type { Scores } from "./run-records.ts";
import type { EncodedImage } from "./tensorboard/event.ts";

/** All that a run needs beside its folder. */
export interface Training {
  readonly model: LayersModel;
  readonly source: Loader;
  /** Persons trained on and scored on. */
  readonly persons: { readonly train: number; readonly validation: number };
  /** What the evaluator says of the model on the validation split. */
  readonly evaluate?: () => Promise<ValidationResults>;
  /** Scores the model on the validation split, boxes from the ground truth; absent if the config asks for none. */
  readonly validate?: () => Promise<Scores>;
  /** Persons of the validation split with the skeleton that the model finds on them. */
  readonly samplePictures?: () => Promise<EncodedImage[]>;
  /** How the model mixes its kernels on the validation split's first batch; of a static model nothing. */
  readonly attention?: () => Promise<AttentionSummary[]>;
  readonly info: Pick<WeightsInfo, "model" | "codec" | "skeleton" | "padding">;
  /** Weights taken from `train.initialWeights`. */
  readonly startedFrom: readonly string[];
  /** Ends the loaders' threads and disposes the model. */
  close(): Promise<void>;
}

/** Truth, what the model found, and how well it did. */
export interface ValidationResults {
  readonly truth: KeypointTruth;
  readonly results: readonly KeypointResult[];
  readonly evaluation: KeypointEvaluation;
  readonly skeleton: Skeleton;
  /** Where the split's images are: their folder, and by id their file names. */
  readonly pictures: { readonly folder: string; readonly fileNames: ReadonlyMap<number, string> };
}

export interface PrepareOptions {
  /** Go on past images that cannot be read. @default false */
  readonly skipBadImages?: boolean;
}

/**
 * Builds what a config describes: the network with its first weights, the training data, the validation.
 *
 * @param dataFolder In COCO's layout: `annotations/person_keypoints_<split>.json` and `<split>/` with the images.
 */
export async function prepareTraining(
  config: Config,
  dataFolder: string,
  options: PrepareOptions = {},
): Promise<Training> {
  const skeleton = COCO_SKELETON;
  const { train, data } = config;
  const settings = { ...loaderSettings(config, skeleton), ...options };
  const trainSet = await readSplit(dataFolder, data.trainSplit);
  const scoring =
    config.validation.interval > 0 ? await readSplit(dataFolder, data.validationSplit) : undefined;
  const model = buildModel({
    ...config.model,
    numKeypoints: skeleton.keypoints.length,
    seed: train.seed,
  });
  freeze(model, train.freeze);
  const startedFrom = train.initialWeights ? await startFrom(model, train.initialWeights) : [];
  const source = createLoader({
    ...settings,
    ...trainSet,
    batchSize: train.batchSize,
    augmentation: config.augment,
    shuffle: true,
    seed: train.seed,
  });
  const scorer = scoring && createScorer(model, config, skeleton, scoring, settings);
  return {
    model,
    source,
    persons: { train: trainSet.samples.length, validation: scoring?.samples.length ?? 0 },
    ...(scorer && {
      evaluate: scorer.evaluate,
      validate: scorer.score,
      samplePictures: scorer.pictures,
      attention: scorer.attention,
    }),
    info: {
      model: { ...config.model, numKeypoints: skeleton.keypoints.length },
      codec: config.codec,
      skeleton: skeleton.name,
      padding: data.padding,
    },
    startedFrom,
    async close() {
      await source.close();
      await scorer?.close();
      model.dispose();
    },
  };
}

type Split = Awaited<ReturnType<typeof readSplit>>;

async function readSplit(dataFolder: string, split: string) {
  const files = await findSplit(dataFolder, split);
  const coco = await readAnnotations(files.annotations);
  const { samples } = truthBoxes(coco);
  if (samples.length === 0) {
    throw new Error(`${files.annotations}: expected persons with labelled keypoints, got none`);
  }
  return { coco, samples, imageDir: files.images };
}

function loaderSettings({ model, codec, data }: Config, skeleton: Skeleton) {
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

function createScorer(
  model: LayersModel,
  config: Config,
  skeleton: Skeleton,
  { coco, ...split }: Split,
  settings: ReturnType<typeof loaderSettings>,
) {
  const loader = createLoader({
    ...settings,
    ...split,
    batchSize: config.validation.batchSize ?? config.train.batchSize,
    targets: false,
  });
  const pass = forwardPass(model);
  const network = {
    forward: (crops: tf.Tensor4D) => pass.run([crops])[0] as tf.Tensor,
    codec: createCodec(settings.codec, settings),
    skeleton,
  };
  const evaluate = async (): Promise<ValidationResults> => {
    const results = await predictPersons(network, loader.epoch(0), {
      flipTest: config.validation.flipTest,
      nms: { kind: "none" },
    });
    const truth = truthOf(coco);
    const evaluation = evaluateKeypoints(truth, results, { sigmas: skeleton.sigmas });
    const fileNames = new Map(coco.images.map(({ id, fileName }) => [id, fileName]));
    return { truth, results, evaluation, skeleton, pictures: { folder: split.imageDir, fileNames } };
  };
  return {
    evaluate,
    async close() {
      pass.dispose();
      await loader.close();
    },
    async pictures(): Promise<EncodedImage[]> {
      for await (const batch of loader.epoch(0)) return drawSamples(network, batch);
      return [];
    },
    async attention(): Promise<AttentionSummary[]> {
      for await (const { images, size } of loader.epoch(0)) {
        const crops = tf.tensor4d(images, [size, ...settings.inputSize, 3]);
        return attentionStatistics(model, crops).finally(() => crops.dispose());
      }
      return [];
    },
    async score(): Promise<Scores> {
      const { stats } = (await evaluate()).evaluation;
      return Object.fromEntries(STAT_NAMES.map((name, i) => [name, stats[i] ?? -1])) as unknown as Scores;
    },
  };
}

/** Frozen layers neither train nor follow the data with their moving statistics. */
function freeze(model: LayersModel, prefixes: readonly string[]): void {
  for (const prefix of prefixes) {
    const layers = model.layers.filter(({ name }) => name.startsWith(prefix));
    if (layers.length === 0) {
      throw new Error(`train.freeze: expected the start of a layer's name, got ${JSON.stringify(prefix)}`);
    }
    for (const layer of layers) layer.trainable = false;
  }
}

async function startFrom(model: LayersModel, path: string): Promise<string[]> {
  const { tensors, info } = await readWeightsFile(path);
  const taken = adoptWeights(model, tensors);
  if (taken.length > 0) return taken;
  throw new Error(
    `${path}: expected weights that fit ${model.name}, got those of ${info.model.name}: none do`,
  );
}
