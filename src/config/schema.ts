/** What a config can set: meaning, bounds and default of every key; the model's keys are in `models/model-spec.ts`. */
import { z } from "zod";
import { DEFAULT_AUGMENTATION } from "../../datasets/augment/augmentation.ts";
import { DEFAULT_CLASS_AUGMENTATION } from "../../datasets/classes/random-view.ts";
import { CODEC_NAMES, DEFAULT_SIGMA } from "../../datasets/codecs/codecs.ts";
import { DEFAULT_PADDING } from "../../datasets/crop/crop-geometry.ts";
import { classifierModel, keypointModel } from "../models/model-spec.ts";

/** Kinds of numbers that configs have. */
const positive = z.number().positive();
const count = z.number().int().positive();
const countOrNone = z.number().int().min(0);
const fraction = z.number().min(0).max(1);
const belowOne = z.number().min(0).lt(1);

/** How training crops vary: the fields of the loader's `Augmentation`. All 0 is none. */
const cropAugment = z.strictObject({
  flipProbability: fraction
    .default(DEFAULT_AUGMENTATION.flipProbability)
    .describe("Chance of mirroring left to right."),
  scaleSpread: belowOne
    .default(DEFAULT_AUGMENTATION.scaleSpread)
    .describe("Spread of the scale factor: normal around 1, clipped at one spread on each side."),
  rotationDegrees: z
    .number()
    .min(0)
    .max(90)
    .default(DEFAULT_AUGMENTATION.rotationDegrees)
    .describe("Spread of the rotation, degrees: normal around 0, clipped at two spreads."),
  rotationProbability: fraction
    .default(DEFAULT_AUGMENTATION.rotationProbability)
    .describe("Chance of rotating."),
  halfBodyProbability: fraction
    .default(DEFAULT_AUGMENTATION.halfBodyProbability)
    .describe("Chance of showing the upper or the lower half of the body only."),
  halfBodyOver: countOrNone
    .default(DEFAULT_AUGMENTATION.halfBodyOver)
    .describe("Only of persons with more labelled keypoints than this."),
  shiftSpread: fraction
    .default(DEFAULT_AUGMENTATION.shiftSpread)
    .describe("Spread of the shift, in crop widths and heights: normal, cut off at one spread."),
  shiftProbability: fraction.default(DEFAULT_AUGMENTATION.shiftProbability).describe("Chance of shifting."),
  colourProbability: fraction
    .default(DEFAULT_AUGMENTATION.colourProbability)
    .describe("Chance of changing brightness, contrast and saturation."),
  colourSpread: belowOne
    .default(DEFAULT_AUGMENTATION.colourSpread)
    .describe("Each by a factor within 1 ± this."),
});

/** How views of training images vary: the fields of `ClassAugmentation`. */
const viewAugment = z.strictObject({
  area: z
    .tuple([fraction, fraction])
    .default(DEFAULT_CLASS_AUGMENTATION.area)
    .describe("Least and most share of the image's area that a view shows."),
  aspect: z
    .tuple([positive, positive])
    .default(DEFAULT_CLASS_AUGMENTATION.aspect)
    .describe("Least and most width over height of what it shows."),
  flipProbability: fraction
    .default(DEFAULT_CLASS_AUGMENTATION.flipProbability)
    .describe("Chance of mirroring left to right."),
  colourProbability: fraction
    .default(DEFAULT_CLASS_AUGMENTATION.colourProbability)
    .describe("Chance of changing brightness, contrast and saturation."),
  colourSpread: belowOne
    .default(DEFAULT_CLASS_AUGMENTATION.colourSpread)
    .describe("Each by a factor within 1 ± this."),
});

const schedule = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant").default("constant") }),
  z.strictObject({
    kind: z.literal("multi-step"),
    milestones: z.array(positive).nonempty().describe("Epochs at which the rate is multiplied by factor."),
    factor: positive.default(0.1).describe("What the rate is multiplied by."),
  }),
  z.strictObject({
    kind: z.literal("cosine"),
    end: fraction.default(0).describe("Rate at the end, as a share of learningRate."),
  }),
]);

const adam = {
  beta1: belowOne.default(0.9),
  beta2: belowOne.default(0.999),
  epsilon: positive.default(1e-8),
};
const optimizer = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("adam").default("adam"), ...adam }),
  z.strictObject({ kind: z.literal("adamw"), ...adam }),
  z.strictObject({
    kind: z.literal("sgd"),
    momentum: belowOne.default(0.9),
    nesterov: z.boolean().default(false),
  }),
]);

const heatmapLoss = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("mse").default("mse") }),
  z.strictObject({
    kind: z.literal("ohkm"),
    top: count.default(8).describe("Keypoints a person that count: those with the largest loss."),
  }),
]);

const classLoss = z.strictObject({
  labelSmoothing: belowOne
    .default(0.1)
    .describe("Share of the target that is spread evenly over all classes."),
});

/** How weights change, whatever the network answers. */
const steps = {
  epochs: count.describe("Times that every image is seen."),
  batchSize: count.describe("Images (of persons) in a batch."),
  accumulate: count.default(1).describe("Batches whose gradients make one step."),
  learningRate: positive
    .default(1e-3)
    .describe("Highest rate: after the warm-up, before the schedule lowers it."),
  schedule: schedule.prefault({}).describe("How the rate goes on after the warm-up."),
  warmupSteps: countOrNone.default(0).describe("The rate rises linearly to its value over this many steps."),
  optimizer: optimizer.prefault({}).describe("How gradients become steps."),
  weightDecay: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "Added to the gradient (adam, sgd) or applied to the weight beside it (adamw); biases and batch norm are left out.",
    ),
  clipNorm: positive.optional().describe("Gradients longer than this are shortened to it."),
  ema: belowOne
    .optional()
    .describe("Keeps an exponential average of the weights with this decay, and evaluates that."),
  temperature: z
    .strictObject({
      start: positive.default(30),
      end: positive.default(1),
      epochs: z.number().min(0).default(10),
    })
    .prefault({})
    .describe("Softmax temperature of the attention: linear from start to end over the first epochs."),
  freeze: z
    .array(z.string().min(1))
    .default([])
    .describe("Weights whose name starts with one of these do not train."),
  initialWeights: z
    .string()
    .optional()
    .describe("A weights file to start from; tensors of the same name and shape are taken."),
  maxSkippedSteps: countOrNone
    .default(10)
    .describe("Steps with a non-finite loss or gradient that may be skipped before the run stops."),
  seed: countOrNone.default(0).describe("Decides initial weights, order of the data and augmentation."),
};

export const keypointTrain = z.strictObject({
  ...steps,
  loss: heatmapLoss
    .prefault({})
    .describe("Of the heatmaps: all keypoints alike, or the hardest of each person."),
});
const classifierTrain = z.strictObject({ ...steps, loss: classLoss.prefault({}) });

const checkpoint = z.strictObject({
  interval: count
    .default(1)
    .describe("Epochs between two checkpoints; the end of the run and a signal write one too."),
  everySteps: countOrNone
    .default(0)
    .describe("Steps between two checkpoints within an epoch; 0: only at epochs' ends."),
  keep: count
    .default(2)
    .describe("Checkpoints kept; older ones are deleted. The best weights are kept beside them."),
});

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
  padding: positive.default(DEFAULT_PADDING).describe("Box size over person size: how much room is around."),
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
  kind: z.enum(CODEC_NAMES).default("gaussian").describe("How keypoints become heatmaps and back."),
  sigma: positive
    .default(DEFAULT_SIGMA)
    .describe("Standard deviation of the target Gaussian, heatmap cells."),
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
