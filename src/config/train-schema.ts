import { z } from "zod";
import { count, countOrNone, fraction, positive } from "./fields.ts";

const schedule = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant").default("constant") }),
  z.strictObject({
    kind: z.literal("multi-step"),
    /** Epochs at which the rate is multiplied by `factor`. */
    milestones: z.array(positive).nonempty(),
    factor: positive.default(0.1),
  }),
  z.strictObject({
    kind: z.literal("cosine"),
    /** Rate at the end, as a share of `learningRate`. */
    end: fraction.default(0),
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
    /** Keypoints a person that count: those with the largest loss. */
    top: count.default(8),
  }),
]);

const classLoss = z.strictObject({
  /** Share of the target that is spread evenly over all classes. */
  labelSmoothing: z.number().min(0).lt(1).default(0.1),
});

/** How weights change, whatever the network answers. */
const steps = {
  epochs: count,
  /** Images (of persons) in a batch. */
  batchSize: count,
  /** Batches whose gradients make one step. */
  accumulate: count.default(1),
  learningRate: positive.default(1e-3),
  schedule: schedule.prefault({}),
  /** The rate rises linearly to its value over this many steps. */
  warmupSteps: countOrNone.default(0),
  optimizer: optimizer.prefault({}),
  /** Added to the gradient (adam, sgd) or applied to the weight beside it (adamw); biases and batch norm are left out. */
  weightDecay: z.number().min(0).default(0),
  /** Gradients longer than this are shortened to it. */
  clipNorm: positive.optional(),
  /** Keeps an exponential average of the weights with this decay, and evaluates that. */
  ema: beta.optional(),
  /** Softmax temperature of the attention: linear from `start` to `end` over the first `epochs`. */
  temperature: z
    .strictObject({
      start: positive.default(30),
      end: positive.default(1),
      epochs: z.number().min(0).default(10),
    })
    .prefault({}),
  /** Weights whose name starts with one of these do not train. */
  freeze: z.array(z.string().min(1)).default([]),
  /** A weights file to start from; tensors of the same name and shape are taken. */
  initialWeights: z.string().optional(),
  /** Steps with a non-finite loss or gradient that may be skipped before the run stops. */
  maxSkippedSteps: countOrNone.default(10),
  /** Decides initial weights, order of the data and augmentation. */
  seed: countOrNone.default(0),
};

export const keypointTrain = z.strictObject({ ...steps, loss: heatmapLoss.prefault({}) });
export const classifierTrain = z.strictObject({ ...steps, loss: classLoss.prefault({}) });

export const checkpoint = z.strictObject({
  /** Epochs between two checkpoints; the end of the run and a signal write one too. */
  interval: count.default(1),
  /** Steps between two checkpoints within an epoch; 0: only at epochs' ends. */
  everySteps: countOrNone.default(0),
  /** Checkpoints kept; older ones are deleted. The best weights are kept beside them. */
  keep: count.default(2),
});
