import { z } from "zod";
import { dynamicOptions, parseOptions } from "../nn/layers/dynamic-options.ts";
import { INPUT_SIZES, taskOf } from "./model-name.ts";

/** Image pixels a cell of the backbone's output covers, along each axis. */
const BACKBONE_STRIDE = 32;

const side = z
  .number()
  .int()
  .positive()
  .multipleOf(
    BACKBONE_STRIDE,
    `expected a multiple of ${BACKBONE_STRIDE} pixels (the backbone's total stride)`,
  );

const size = z.tuple([side, side]);
const sides = `multiples of ${BACKBONE_STRIDE} pixels`;

const { temperature, ...mixing } = dynamicOptions.shape;

/** What a config sets of a network of either task. */
const network = {
  ...mixing,
  // The stem, what follows the last block and the layers that make heatmaps or class scores are static in any case.
  dynamicLayers: z
    .enum(["all", "depthwise", "pointwise", "last"], "all, depthwise, pointwise, last")
    .default("all")
    .describe("Which convolutions of a dynamic part are dynamic."),
  squeezeExcite: z
    .boolean()
    .optional()
    .describe(
      "Squeeze-and-excitation in every block of the backbone, or in none; by default where the network has it.",
    ),
  dynamicBackbone: z.boolean().optional().describe("Overrides what the name says of the backbone."),
};

const dynamicHead = z.boolean().optional().describe("Overrides what the name says of the head.");

const share = "a share from 0 to below 1";
const dropout = z
  .number(share)
  .min(0, share)
  .lt(1, share)
  .optional()
  .describe(
    "Share of the last features that is dropped in training; by default torchvision's: 0.2, ResNet 0.",
  );

/** A keypoint network, as a config sets it. */
export const keypointModel = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9.-]+_[a-z0-9-]+$/, "expected <backbone>_<head>")
    .regex(
      /(?<!_classifier)$/,
      "expected a keypoint network (a classifier's config has task: classification)",
    )
    .describe("<backbone>_<head>, as in dy-mobilenetv2-0.5_bottleneck; dy- makes backbone and head dynamic."),
  inputSize: size.default([...INPUT_SIZES.keypoints]).describe("Height and width of the crop, pixels."),
  dynamicHead,
  ...network,
});

/** A classifier, as a config sets it. */
export const classifierModel = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9.-]+_classifier$/, "expected <backbone>_classifier, such as resnet18_classifier")
    .describe("<backbone>_classifier, as in dy-resnet18_classifier; dy- makes the backbone dynamic."),
  inputSize: size.default([...INPUT_SIZES.classification]).describe("Height and width of the crop, pixels."),
  dropout,
  ...network,
});

/**
 * All that decides a network: what a config sets, what follows from the data, and how it starts. All but its first
 * weights goes into a weights file.
 */
const modelSpec = z.object({
  name: z.string(),
  inputSize: z
    .tuple([z.number(sides), z.number(sides)])
    .readonly()
    .refine((pixels) => size.safeParse(pixels).success, sides),
  numKeypoints: z.number().optional().describe("Heatmaps of a keypoint network."),
  numClasses: z.number().optional().describe("Classes of a classifier."),
  dynamicHead,
  dropout,
  ...network,
  temperature,
  seed: z.number().default(0).describe("Of the first weights and of dropout."),
  initialize: z
    .boolean()
    .default(true)
    .describe("Draw the first weights; without, convolutions start at zero, for weights that are loaded."),
});

/** A network to build; what is left out has its default. */
export type ModelSpec = z.input<typeof modelSpec>;

/** With every default filled in. */
export interface CompleteModelSpec extends z.output<typeof modelSpec> {
  /** Heatmaps or class scores. */
  readonly numOutputs: number;
}

/**
 * Fills in defaults, and refuses a spec that no network can be built of.
 *
 * @throws {RangeError} Naming the value's path, what was expected and what it is.
 */
export function completeModelSpec(spec: ModelSpec): CompleteModelSpec {
  const complete = parseOptions(modelSpec, spec, "model");
  const isKeypoints = taskOf(spec.name) === "keypoints";
  if (spec.dynamicHead && !isKeypoints) {
    throw new RangeError(`model.dynamicHead: expected a keypoint network's, got true for ${spec.name}`);
  }
  const key = isKeypoints ? "numKeypoints" : "numClasses";
  const numOutputs = spec[key];
  if (numOutputs === undefined || !(Number.isInteger(numOutputs) && numOutputs >= 1)) {
    throw new RangeError(
      `model.${key}: expected a whole number of at least 1 for ${spec.name}, got ${numOutputs}`,
    );
  }
  return { ...complete, numOutputs };
}
