/** Layers for any TF.js layers model (`dypose/layers`). Importing registers their classes, so that saved models load. */
import { serialization } from "@tensorflow/tfjs-core";
import { HardSwish, Rectifier } from "./activation.ts";
import { BatchNorm } from "./batch-norm.ts";
import { Conv2D, Conv2DTranspose } from "./conv2d.ts";
import { Dense } from "./dense.ts";
import { Dropout } from "./dropout.ts";
import { DynamicConv2D, DynamicConv2DTranspose } from "./dynamic-conv2d.ts";
import { GlobalAveragePool, MaxPool, Upsample } from "./resample.ts";
import { SqueezeExcite } from "./squeeze-excite.ts";

for (const layerClass of [
  BatchNorm,
  Conv2D,
  Conv2DTranspose,
  Dense,
  Dropout,
  DynamicConv2D,
  DynamicConv2DTranspose,
  GlobalAveragePool,
  HardSwish,
  MaxPool,
  Rectifier,
  SqueezeExcite,
  Upsample,
]) {
  serialization.registerClass(layerClass as Parameters<typeof serialization.registerClass>[0]);
}

export type { RectifierArgs } from "./activation.ts";
export type { BatchNormArgs } from "./batch-norm.ts";
export type { ConvArgs } from "./conv2d.ts";
export type { DenseArgs } from "./dense.ts";
export type { DropoutArgs } from "./dropout.ts";
export type { DynamicConvArgs } from "./dynamic-conv2d.ts";
export type { AttentionKind } from "./dynamic-options.ts";
export type { MaxPoolArgs } from "./resample.ts";
export type { SqueezeExciteArgs, SqueezeGate } from "./squeeze-excite.ts";
export {
  BatchNorm,
  Conv2D,
  Conv2DTranspose,
  Dense,
  Dropout,
  DynamicConv2D,
  DynamicConv2DTranspose,
  GlobalAveragePool,
  HardSwish,
  MaxPool,
  Rectifier,
  SqueezeExcite,
  Upsample,
};
