import { z } from "zod";
import { DEFAULT_AUGMENTATION } from "../../datasets/augment/augmentation.ts";
import { DEFAULT_CLASS_AUGMENTATION } from "../../datasets/classes/random-view.ts";
import { count, countOrNone, fraction, positive } from "./fields.ts";
import { classifierModel, keypointModel } from "./model-schema.ts";
import { checkpoint, classifierTrain, keypointTrain } from "./train-schema.ts";

const keypointData = z.strictObject({
  trainSplit: z.string().default("train2017"),
  validationSplit: z.string().default("val2017"),
  /** What the keypoints are: `coco`, `crowdpose`, or a YAML file as those in datasets/skeletons. */
  skeleton: z.string().min(1).default("coco"),
  /** Box size over person size: how much room is around. */
  padding: positive.default(1.25),
  /** Threads that decode and crop; 0 does it in the main thread. Changes nothing but speed. */
  workers: countOrNone.default(2),
  /** Memory for decoded images, MiB, half of it for validation; 0 keeps none. */
  cacheMegabytes: z.number().min(0).default(512),
});

/** Each split is a folder of class folders. */
const classData = z.strictObject({
  trainSplit: z.string().default("train"),
  validationSplit: z.string().default("val"),
});

const codec = z.strictObject({
  kind: z.enum(["gaussian", "dark", "udp"]).default("gaussian"),
  /** Standard deviation of the target Gaussian, heatmap cells. */
  sigma: positive.default(2),
});

/** How training crops vary: the fields of the loader's `Augmentation`. All 0 is none. */
const cropAugment = z.strictObject({
  flipProbability: fraction.default(DEFAULT_AUGMENTATION.flipProbability),
  scaleSpread: z.number().min(0).lt(1).default(DEFAULT_AUGMENTATION.scaleSpread),
  rotationDegrees: z.number().min(0).max(90).default(DEFAULT_AUGMENTATION.rotationDegrees),
  rotationProbability: fraction.default(DEFAULT_AUGMENTATION.rotationProbability),
  halfBodyProbability: fraction.default(DEFAULT_AUGMENTATION.halfBodyProbability),
  halfBodyOver: countOrNone.default(DEFAULT_AUGMENTATION.halfBodyOver),
  shiftSpread: fraction.default(DEFAULT_AUGMENTATION.shiftSpread),
  shiftProbability: fraction.default(DEFAULT_AUGMENTATION.shiftProbability),
  colourProbability: fraction.default(DEFAULT_AUGMENTATION.colourProbability),
  colourSpread: z.number().min(0).lt(1).default(DEFAULT_AUGMENTATION.colourSpread),
});

/** How views of training images vary: the fields of `ClassAugmentation`. */
const viewAugment = z.strictObject({
  /** Least and most share of the image's area that a view shows. */
  area: z.tuple([fraction, fraction]).default(DEFAULT_CLASS_AUGMENTATION.area),
  /** Least and most width over height of what it shows. */
  aspect: z.tuple([positive, positive]).default(DEFAULT_CLASS_AUGMENTATION.aspect),
  flipProbability: fraction.default(DEFAULT_CLASS_AUGMENTATION.flipProbability),
  colourProbability: fraction.default(DEFAULT_CLASS_AUGMENTATION.colourProbability),
  colourSpread: z.number().min(0).lt(1).default(DEFAULT_CLASS_AUGMENTATION.colourSpread),
});

const validation = {
  /** The batch norm and memory do not mind a larger batch here; defaults to the training batch. */
  batchSize: count.optional(),
};

const keypointValidation = z.strictObject({
  /** Epochs between two measurements of AP; 0 measures none. The last epoch is always measured. */
  interval: countOrNone.default(10),
  flipTest: z.boolean().default(false),
  ...validation,
});

const classValidation = z.strictObject({
  /** Epochs between two measurements of accuracy; 0 measures none. The last epoch is always measured. */
  interval: countOrNone.default(1),
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

/** Everything that decides a run, beside the data itself. Each field's comment is its documentation. */
export const configSchema = z.discriminatedUnion("task", [keypointConfig, classifierConfig]);

/** A config as written: defaults may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
/** A config with every default filled in. */
export type Config = z.output<typeof configSchema>;
export type KeypointConfig = z.output<typeof keypointConfig>;
export type ClassifierConfig = z.output<typeof classifierConfig>;
