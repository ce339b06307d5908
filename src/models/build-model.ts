import { input, type LayersModel, model } from "@tensorflow/tfjs-layers";
import { dynamicLayers } from "../nn/attention.ts";
import { dynamicOptions } from "../nn/layers/dynamic-options.ts";
import type { Backbone, ConvStyle } from "./blocks.ts";
import { bottleneckHead, classScores, deconvHead } from "./heads.ts";
import { mobileNetV2 } from "./mobilenet-v2.ts";
import { mobileNetV3Small } from "./mobilenet-v3.ts";
import { type BackboneName, parseModelName } from "./model-name.ts";
import { completeModelSpec, type ModelSpec } from "./model-spec.ts";
import { resNet } from "./resnet.ts";

/** Image pixels a heatmap cell covers, along each axis. */
export const HEATMAP_STRIDE = 4;

const BACKBONES: Readonly<Record<BackboneName, (width: number) => Backbone>> = {
  mobilenetv2: mobileNetV2,
  "mobilenetv3-small": () => mobileNetV3Small,
  resnet18: () => resNet(2),
  resnet10: () => resNet(1),
};

const KEYPOINT_HEADS = { deconv: deconvHead, bottleneck: bottleneckHead } as const;

/**
 * Builds a network: a keypoint network from images `[B, H, W, 3]` to heatmaps `[B, H/4, W/4, numKeypoints]`, or a
 * classifier from images to class scores `[B, numClasses]`, before the softmax. The caller disposes the model.
 *
 * @throws {RangeError} If there is no such model or a value does not fit it.
 */
export function buildModel(given: ModelSpec): LayersModel {
  const spec = completeModelSpec(given);
  const name = parseModelName(spec.name);
  const backbone = BACKBONES[name.backbone](name.width);
  const styleOf = (isDynamic: boolean): ConvStyle => ({
    dynamic: isDynamic ? spec.dynamicLayers : "none",
    mixing: dynamicOptions.parse(spec),
    seed: spec.initialize ? spec.seed : null,
  });
  const { squeezeExcite } = spec;
  const bodyStyle = { ...styleOf(spec.dynamicBackbone ?? name.dynamic), squeezeExcite };
  const headStyle = styleOf(spec.dynamicHead ?? name.dynamic);

  const image = input({ shape: [...spec.inputSize, 3], name: "image" });
  const features = backbone.features(image, bodyStyle);
  const outputs =
    name.head === "classifier"
      ? classScores(
          backbone.embed(features, bodyStyle),
          spec.numOutputs,
          spec.dropout ?? backbone.dropout,
          bodyStyle,
        )
      : KEYPOINT_HEADS[name.head](features, spec.numOutputs, headStyle);
  const built = model({ inputs: image, outputs, name: spec.name });
  const isDynamic = [bodyStyle, headStyle].some(({ dynamic }) => dynamic !== "none");
  // It would train as a static network and say that it is dynamic.
  if (isDynamic && dynamicLayers(built).length === 0) {
    built.dispose();
    throw new RangeError(
      `model.dynamicLayers: expected convolutions that ${spec.name} has where it is dynamic, got ${spec.dynamicLayers}`,
    );
  }
  return built;
}
