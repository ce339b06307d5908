import { join } from "node:path";
import { readClassFolders } from "../../datasets/classes/class-folders.ts";
import { type ClassBatch, type ClassLoader, createClassLoader } from "../../datasets/classes/class-loader.ts";
import type { ClassifierConfig } from "../config/schema.ts";
import type { Batch, BatchSource } from "./batch.ts";
import { classObjective } from "./class-loss.ts";
import { classScorer } from "./class-scorer.ts";
import { startModel } from "./start-model.ts";
import type { PrepareOptions, Training } from "./training.ts";

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

function trainingBatch({ labels, indices, ...batch }: ClassBatch): Batch {
  return { ...batch, targets: [Float32Array.from(labels)], imageIds: indices, annotationIds: [] };
}
