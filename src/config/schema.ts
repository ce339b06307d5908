import { z } from "zod";
import { DEFAULT_AUGMENTATION } from "../../datasets/augment/augmentation.ts";
import { DYNAMIC_LAYERS } from "../models/conv-style.ts";

const positive = z.number().positive();
const count = z.number().int().positive();
const fraction = z.number().min(0).max(1);
const side = z
  .number()
  .int()
  .positive()
  .multipleOf(32, "expected a multiple of 32 pixels (the backbone's total stride)");

const model = z.strictObject({
  /** `<backbone>_<head>`, as in `dy-mobilenetv2-0.5_bottleneck`; `dy-` makes backbone and head dynamic. */
  name: z.string().regex(/^[a-z0-9.-]+_[a-z0-9-]+$/, "expected <backbone>_<head>"),
  /** Height and width of the crop, pixels. */
  inputSize: z.tuple([side, side]).default([256, 192]),
  /** Parallel kernels of a dynamic convolution (the paper's K). */
  kernels: z.number().int().min(1).default(4),
  /** Channels over the attention's hidden units (the paper's r); 0 for a single layer. */
  reduction: z.number().int().min(0).default(4),
  /** How the kernels' scores become weights: summing to one (the paper's), or each by itself (CondConv's). */
  attention: z.enum(["softmax", "sigmoid"]).default("softmax"),
  /** Which convolutions of a dynamic part are dynamic. */
  dynamicLayers: z.enum(DYNAMIC_LAYERS).default("all"),
  /** Squeeze-and-excitation in every block of the backbone, or in none; by default where the network has it. */
  squeezeExcite: z.boolean().optional(),
  /** Override what the name says, for backbone and head each. */
  dynamicBackbone: z.boolean().optional(),
  dynamicHead: z.boolean().optional(),
});

const data = z.strictObject({
  trainSplit: z.string().default("train2017"),
  validationSplit: z.string().default("val2017"),
  /** Box size over person size: how much room is around. */
  padding: positive.default(1.25),
  /** Threads that decode and crop; 0 does it in the main thread. Changes nothing but speed. */
  workers: z.number().int().min(0).default(2),
  /** Memory for decoded images, MiB, half of it for validation; 0 keeps none. */
  cacheMegabytes: z.number().min(0).default(512),
});

const codec = z.strictObject({
  kind: z.enum(["gaussian", "dark", "udp"]).default("gaussian"),
  /** Standard deviation of the target Gaussian, heatmap cells. */
  sigma: positive.default(2),
});

/** How training crops vary: the fields of the loader's `Augmentation`. All 0 is none. */
const augment = z.strictObject({
  flipProbability: fraction.default(DEFAULT_AUGMENTATION.flipProbability),
  scaleSpread: z.number().min(0).lt(1).default(DEFAULT_AUGMENTATION.scaleSpread),
  rotationDegrees: z.number().min(0).max(90).default(DEFAULT_AUGMENTATION.rotationDegrees),
  rotationProbability: fraction.default(DEFAULT_AUGMENTATION.rotationProbability),
  halfBodyProbability: fraction.default(DEFAULT_AUGMENTATION.halfBodyProbability),
  halfBodyOver: z.number().int().min(0).default(DEFAULT_AUGMENTATION.halfBodyOver),
  shiftSpread: fraction.default(DEFAULT_AUGMENTATION.shiftSpread),
  shiftProbability: fraction.default(DEFAULT_AUGMENTATION.shiftProbability),
  colourProbability: fraction.default(DEFAULT_AUGMENTATION.colourProbability),
  colourSpread: z.number().min(0).lt(1).default(DEFAULT_AUGMENTATION.colourSpread),
});

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

const loss = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("mse").default("mse") }),
  z.strictObject({
    kind: z.literal("ohkm"),
    /** Keypoints a person that count: those with the largest loss. */
    top: count.default(8),
  }),
]);

const train = z.strictObject({
  epochs: count,
  /** Persons in a batch. */
  batchSize: count,
  /** Batches whose gradients make one step. */
  accumulate: count.default(1),
  learningRate: positive.default(1e-3),
  schedule: schedule.prefault({}),
  /** The rate rises linearly to its value over this many steps. */
  warmupSteps: z.number().int().min(0).default(0),
  optimizer: optimizer.prefault({}),
  /** Added to the gradient (adam, sgd) or applied to the weight beside it (adamw); biases and batch norm are left out. */
  weightDecay: z.number().min(0).default(0),
  /** Gradients longer than this are shortened to it. */
  clipNorm: positive.optional(),
  /** Keeps an exponential average of the weights with this decay, and evaluates that. */
  ema: beta.optional(),
  loss: loss.prefault({}),
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
  maxSkippedSteps: z.number().int().min(0).default(10),
  /** Decides initial weights, order of the data and augmentation. */
  seed: z.number().int().min(0).default(0),
});

const validation = z.strictObject({
  /** Epochs between two measurements of AP; 0 measures none. The last epoch is always measured. */
  interval: z.number().int().min(0).default(10),
  flipTest: z.boolean().default(false),
  /** The batch norm and memory do not mind a larger batch here; defaults to the training batch. */
  batchSize: count.optional(),
});

const checkpoint = z.strictObject({
  /** Epochs between two checkpoints; the end of the run and a signal write one too. */
  interval: count.default(1),
  /** Steps between two checkpoints within an epoch; 0: only at epochs' ends. */
  everySteps: z.number().int().min(0).default(0),
  /** Checkpoints kept; older ones are deleted. The best weights are kept beside them. */
  keep: count.default(2),
});

/** Everything that decides a run, beside the data itself. Each field's comment is its documentation. */
export const configSchema = z.strictObject({
  model,
  data: data.prefault({}),
  codec: codec.prefault({}),
  augment: augment.prefault({}),
  train,
  validation: validation.prefault({}),
  checkpoint: checkpoint.prefault({}),
});

/** A config as written: defaults may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
/** A config with every default filled in. */
export type Config = z.output<typeof configSchema>;
