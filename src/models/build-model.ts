import { input, type LayersModel, model } from "@tensorflow/tfjs-layers";
import { dynamicLayers } from "../nn/attention.ts";
import { asStatic, type Backbone, type ConvStyle } from "./blocks.ts";
import { bottleneckHead, classScores, deconvHead } from "./heads.ts";
import { mobileNetV2 } from "./mobilenet-v2.ts";
import { mobileNetV3Small } from "./mobilenet-v3.ts";
import { type BackboneName, parseModelName } from "./model-name.ts";
import { checkModelSpec, type ModelSpec } from "./model-spec.ts";
import { resNet } from "./resnet.ts";

export type { ModelSpec } from "./model-spec.ts";

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
export function buildModel(spec: ModelSpec): LayersModel {
  checkModelSpec(spec);
  const name = parseModelName(spec.name);
  const backbone = BACKBONES[name.backbone](name.width);
  const style = styleOf(spec);
  const styleIf = (dynamic: boolean): ConvStyle => (dynamic ? style : asStatic(style));
  const bodyStyle = { ...styleIf(spec.dynamicBackbone ?? name.dynamic), squeezeExcite: spec.squeezeExcite };
  const headStyle = styleIf(spec.dynamicHead ?? name.dynamic);

  const image = input({ shape: [...spec.inputSize, 3], name: "image" });
  const features = backbone.features(image, bodyStyle);
  const outputs =
    name.head === "classifier"
      ? classScores(
          backbone.embed(features, bodyStyle),
          spec.numClasses as number,
          spec.dropout ?? backbone.dropout,
          style,
        )
      : KEYPOINT_HEADS[name.head](features, spec.numKeypoints as number, headStyle);
  const built = model({ inputs: image, outputs, name: spec.name });
  checkDynamic(built, spec, [bodyStyle, headStyle]);
  return built;
}

/** Of parts that are dynamic; what a spec leaves out is the paper's. */
function styleOf(spec: ModelSpec): ConvStyle {
  return {
    dynamic: spec.dynamicLayers ?? "all",
    kernels: spec.kernels ?? 4,
    reduction: spec.reduction ?? 4,
    attention: spec.attention ?? "softmax",
    temperature: spec.temperature ?? 1,
    seed: (spec.initialize ?? true) ? (spec.seed ?? 0) : null,
  };
}

/** A network that asks for dynamic convolutions and gets none would train as a static one and say it is dynamic. */
function checkDynamic(
  built: LayersModel,
  { name, dynamicLayers: which }: ModelSpec,
  styles: ConvStyle[],
): void {
  if (styles.every(({ dynamic }) => dynamic === "none") || dynamicLayers(built).length > 0) return;
  built.dispose();
  throw new RangeError(
    `model.dynamicLayers: expected convolutions that ${name} has where it is dynamic, got ${which}`,
  );
}
