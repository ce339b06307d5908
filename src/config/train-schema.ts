import { z } from "zod";
import { count, countOrNone, fraction, positive } from "./fields.ts";

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

const beta = z.number().min(0).lt(1);
const adam = { beta1: beta.default(0.9), beta2: beta.default(0.999), epsilon: positive.default(1e-8) };
const optimizer = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("adam").default("adam"), ...adam }),
  z.strictObject({ kind: z.literal("adamw"), ...adam }),
  z.strictObject({
    kind: z.literal("sgd"),
    momentum: beta.default(0.9),
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
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
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
  ema: beta
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
export const classifierTrain = z.strictObject({ ...steps, loss: classLoss.prefault({}) });

export const checkpoint = z.strictObject({
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
