import { z } from "zod";
import { cropAugment, viewAugment } from "./augment-schema.ts";
import { count, countOrNone, positive } from "./fields.ts";
import { classifierModel, keypointModel } from "./model-schema.ts";
import { checkpoint, classifierTrain, keypointTrain } from "./train-schema.ts";

const keypointData = z.strictObject({
  trainSplit: z
    .string()
    .default("train2017")
    .describe(
      "Split to train on: images in <split>/, keypoints in annotations/person_keypoints_<split>.json.",
    ),
  validationSplit: z.string().default("val2017").describe("Split to measure AP on."),
  skeleton: z
    .string()
    .min(1)
    .default("coco")
    .describe("What the keypoints are: coco, crowdpose, or a YAML file as those in datasets/skeletons."),
  padding: positive.default(1.25).describe("Box size over person size: how much room is around."),
  workers: countOrNone
    .default(2)
    .describe("Threads that decode and crop; 0 does it in the main thread. Changes nothing but speed."),
  cacheMegabytes: z
    .number()
    .min(0)
    .default(512)
    .describe("Memory for decoded images, MiB, half of it for validation; 0 keeps none."),
});

/** Each split is a folder of class folders. */
const classData = z.strictObject({
  trainSplit: z.string().default("train").describe("Folder to train on."),
  validationSplit: z.string().default("val").describe("Folder to measure accuracy on."),
});

const codec = z.strictObject({
  kind: z
    .enum(["gaussian", "dark", "udp"])
    .default("gaussian")
    .describe("How keypoints become heatmaps and back."),
  sigma: positive.default(2).describe("Standard deviation of the target Gaussian, heatmap cells."),
});

const validation = {
  batchSize: count
    .optional()
    .describe("The batch norm and memory do not mind a larger batch here; defaults to the training batch."),
};

const keypointValidation = z.strictObject({
  interval: countOrNone
    .default(10)
    .describe("Epochs between two measurements of AP; 0 measures none. The last epoch is always measured."),
  flipTest: z.boolean().default(false).describe("Average the heatmaps of the crop and of its mirror image."),
  ...validation,
});

const classValidation = z.strictObject({
  interval: countOrNone
    .default(1)
    .describe(
      "Epochs between two measurements of accuracy; 0 measures none. The last epoch is always measured.",
    ),
  ...validation,
});

const keypointConfig = z.strictObject({
  task: z.literal("keypoints").default("keypoints"),
  model: keypointModel,
  data: keypointData.prefault({}),
  codec: codec.prefault({}),
  augment: cropAugment.prefault({}),
  train: keypointTrain,
  validation: keypointValidation.prefault({}),
  checkpoint: checkpoint.prefault({}),
});

const classifierConfig = z.strictObject({
  task: z.literal("classification"),
  model: classifierModel,
  data: classData.prefault({}),
  augment: viewAugment.prefault({}),
  train: classifierTrain,
  validation: classValidation.prefault({}),
  checkpoint: checkpoint.prefault({}),
});

/** Everything that decides a run, beside the data itself. Each field's description is its documentation. */
export const configSchema = z.discriminatedUnion("task", [keypointConfig, classifierConfig]);

/** A config as written: defaults may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
/** A config with every default filled in. */
export type Config = z.output<typeof configSchema>;
export type KeypointConfig = z.output<typeof keypointConfig>;
export type ClassifierConfig = z.output<typeof classifierConfig>;
