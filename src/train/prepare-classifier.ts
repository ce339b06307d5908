import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { readClassFolders } from "../../datasets/classes/class-folders.ts";
import { type ClassBatch, type ClassLoader, createClassLoader } from "../../datasets/classes/class-loader.ts";
import type { ClassifierConfig } from "../config/schema.ts";
import { type AttentionSummary, attentionStatistics } from "../nn/attention.ts";
import { forwardPass } from "../nn/network.ts";
import type { Scores } from "../run/run-records.ts";
import { classObjective } from "./objective.ts";
import { startModel } from "./start-model.ts";
import type { PrepareOptions, Training } from "./training.ts";
import type { BatchSource, TrainingBatch } from "./training-batch.ts";

/** {@link prepareTraining} of a classifier; the data is `<split>/<class>/<image>`. */
export async function prepareClassifier(
  config: ClassifierConfig,
  dataFolder: string,
  options: PrepareOptions,
): Promise<Training> {
  const { train, data, validation } = config;
  const { inputSize } = config.model;
  const { classes, samples } = await readClassFolders(join(dataFolder, data.trainSplit));
  const scoring =
    validation.interval > 0
      ? await readClassFolders(join(dataFolder, data.validationSplit), classes)
      : undefined;
  const spec = { ...config.model, numClasses: classes.length };
  const { model, startedFrom } = await startModel(spec, train);
  const loader = createClassLoader({
    ...options,
    samples,
    inputSize,
    batchSize: train.batchSize,
    augmentation: config.augment,
    shuffle: true,
    seed: train.seed,
  });
  const batchSize = validation.batchSize ?? train.batchSize;
  const scorer =
    scoring &&
    classScorer(model, createClassLoader({ ...options, samples: scoring.samples, inputSize, batchSize }));
  return {
    model,
    source: batchesOf(loader),
    objective: classObjective(train.loss),
    samples: {
      train: `${samples.length} images of ${classes.length} classes`,
      validation: `${scoring?.samples.length ?? 0} images`,
    },
    badImages: loader.badImages,
    scoreName: "top1",
    ...(scorer && { validate: scorer.score, attention: scorer.attention }),
    info: { model: spec, classes: [...classes] },
    startedFrom,
    async close() {
      scorer?.close();
      model.dispose();
    },
  };
}

/** The loader's batches as what the objective compares with; an image is known by its place in the list. */
function batchesOf(loader: ClassLoader): BatchSource {
  return {
    stepsPerEpoch: loader.stepsPerEpoch,
    async *epoch(epoch, firstBatch) {
      for await (const batch of loader.epoch(epoch, firstBatch)) yield trainingBatch(batch);
    },
  };
}

function trainingBatch({ labels, indices, ...batch }: ClassBatch): TrainingBatch {
  return { ...batch, targets: [Float32Array.from(labels)], imageIds: indices, annotationIds: [] };
}

/** Scores a classifier, as it is at the time, on all images of a loader. */
function classScorer(model: LayersModel, loader: ClassLoader) {
  const pass = forwardPass(model);
  const imageShape = (model.inputs[0]?.shape.slice(1) ?? []) as number[];
  const toTensor = ({ images, size }: ClassBatch) => tf.tensor(images, [size, ...imageShape]);
  return {
    close: () => pass.dispose(),
    async attention(): Promise<AttentionSummary[]> {
      for await (const batch of loader.epoch(0)) {
        const images = toTensor(batch);
        return attentionStatistics(model, images).finally(() => images.dispose());
      }
      return [];
    },
    /** Share of the images whose class has the highest score, and of those where it is among the five highest. */
    async score(): Promise<Scores> {
      let [count, top1, top5] = [0, 0, 0];
      for await (const batch of loader.epoch(0)) {
        const images = toTensor(batch);
        const [scores] = pass.run([images]) as [tf.Tensor];
        images.dispose();
        const ranks = ranksOf((await scores.data()) as Float32Array, batch.labels);
        scores.dispose();
        count += batch.size;
        top1 += ranks.filter((rank) => rank < 1).length;
        top5 += ranks.filter((rank) => rank < 5).length;
      }
      return { top1: top1 / count, top5: top5 / count };
    },
  };
}

/**
 * How many classes beat the right one, for each image; a tie goes against it, so that a network without an opinion is
 * not right by chance.
 *
 * @param scores [B, C]
 * @param labels [B]
 */
export function ranksOf(scores: Float32Array, labels: readonly number[]): number[] {
  const classes = scores.length / labels.length;
  return labels.map((label, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    const own = row[label] as number;
    // Not "greater": a score that is no number is not right.
    return row.reduce((rank, score, c) => (c !== label && !(score < own) ? rank + 1 : rank), 0);
  });
}
