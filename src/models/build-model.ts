import { input, type LayersModel, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { AttentionKind } from "../nn/layers/index.ts";
import type { ConvStyle } from "./blocks.ts";
import { bottleneckHead, deconvHead } from "./heads.ts";
import { mobileNetV2 } from "./mobilenet-v2.ts";
import { type HeadName, mobileNetWidth, parseModelName } from "./model-name.ts";
import { resNet } from "./resnet.ts";

/** Image pixels a heatmap cell covers, along each axis. */
export const HEATMAP_STRIDE = 4;

/** Image pixels a cell of the backbone's output covers, along each axis. */
const BACKBONE_STRIDE = 32;

export interface ModelSpec {
  /** `<backbone>_<head>`; with `dy-` in front backbone and head are dynamic. */
  readonly name: string;
  /** `[height, width]`, in pixels: multiples of 32. */
  readonly inputSize: readonly [number, number];
  readonly numKeypoints: number;
  /** Overrides what the name says of the backbone. */
  readonly dynamicBackbone?: boolean | undefined;
  /** Overrides what the name says of the head. */
  readonly dynamicHead?: boolean | undefined;
  /** K, the kernels a dynamic convolution mixes. @default 4 */
  readonly kernels?: number | undefined;
  /** r, by which the attention narrows the channels. @default 4 */
  readonly reduction?: number | undefined;
  /** @default "softmax" */
  readonly attention?: AttentionKind | undefined;
  /** Softmax temperature of the attention. @default 1 */
  readonly temperature?: number | undefined;
  /** Seed of the first weights. @default 0 */
  readonly seed?: number | undefined;
  /** Draw the first weights; without, convolutions start at zero, for weights that are loaded. @default true */
  readonly initialize?: boolean | undefined;
}

type Head = (x: SymbolicTensor, keypoints: number, style: ConvStyle) => SymbolicTensor;

const HEADS: Readonly<Record<HeadName, Head>> = { deconv: deconvHead, bottleneck: bottleneckHead };

function backbone(name: string, image: SymbolicTensor, style: ConvStyle): SymbolicTensor {
  const width = mobileNetWidth(name);
  if (width !== undefined) return mobileNetV2(image, width, style);
  return resNet(image, name === "resnet18" ? 2 : 1, style);
}

function checkInputSize([height, width]: readonly [number, number]): void {
  if (![height, width].every((pixels) => pixels > 0 && pixels % BACKBONE_STRIDE === 0)) {
    throw new RangeError(
      `model.inputSize: expected multiples of ${BACKBONE_STRIDE} pixels, got ${height}x${width}`,
    );
  }
}

/**
 * Builds a keypoint network: images `[B, H, W, 3]` to heatmaps `[B, H/4, W/4, numKeypoints]`. The caller disposes the
 * model.
 *
 * @throws {RangeError} If there is no such model or the input size does not fit.
 */
export function buildModel(spec: ModelSpec): LayersModel {
  const name = parseModelName(spec.name);
  checkInputSize(spec.inputSize);
  const style = {
    kernels: spec.kernels ?? 4,
    reduction: spec.reduction ?? 4,
    attention: spec.attention ?? "softmax",
    temperature: spec.temperature ?? 1,
    seed: (spec.initialize ?? true) ? (spec.seed ?? 0) : null,
  };
  const image = input({ shape: [...spec.inputSize, 3], name: "image" });
  const features = backbone(name.backbone, image, {
    ...style,
    dynamic: spec.dynamicBackbone ?? name.dynamic,
  });
  const heatmaps = HEADS[name.head](features, spec.numKeypoints, {
    ...style,
    dynamic: spec.dynamicHead ?? name.dynamic,
  });
  return model({ inputs: image, outputs: heatmaps, name: spec.name });
}
