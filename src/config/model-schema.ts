import { z } from "zod";
import { DYNAMIC_LAYERS } from "../models/blocks.ts";

const side = z
  .number()
  .int()
  .positive()
  .multipleOf(32, "expected a multiple of 32 pixels (the backbone's total stride)");

/** What decides a network, whatever it answers. */
const network = {
  kernels: z
    .number()
    .int()
    .min(1)
    .default(4)
    .describe("Parallel kernels of a dynamic convolution (the paper's K)."),
  reduction: z
    .number()
    .int()
    .min(0)
    .default(4)
    .describe("Channels over the attention's hidden units (the paper's r); 0 for a single layer."),
  attention: z
    .enum(["softmax", "sigmoid"])
    .default("softmax")
    .describe(
      "How the kernels' scores become weights: summing to one (the paper's), or each by itself (CondConv's).",
    ),
  dynamicLayers: z
    .enum(DYNAMIC_LAYERS)
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

export const keypointModel = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9.-]+_[a-z0-9-]+$/, "expected <backbone>_<head>")
    .regex(
      /(?<!_classifier)$/,
      "expected a keypoint network (a classifier's config has task: classification)",
    )
    .describe("<backbone>_<head>, as in dy-mobilenetv2-0.5_bottleneck; dy- makes backbone and head dynamic."),
  inputSize: z.tuple([side, side]).default([256, 192]).describe("Height and width of the crop, pixels."),
  dynamicHead: z.boolean().optional().describe("Overrides what the name says of the head."),
  ...network,
});

export const classifierModel = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9.-]+_classifier$/, "expected <backbone>_classifier, such as resnet18_classifier")
    .describe("<backbone>_classifier, as in dy-resnet18_classifier; dy- makes the backbone dynamic."),
  inputSize: z.tuple([side, side]).default([224, 224]).describe("Height and width of the crop, pixels."),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe(
      "Share of the last features that is dropped in training; by default torchvision's: 0.2, ResNet 0.",
    ),
  ...network,
});
