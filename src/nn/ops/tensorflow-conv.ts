import {
  boolAttribute,
  floatType,
  intAttribute,
  type RawAttribute,
  stringAttribute,
} from "../../engine/raw-op.ts";
import { type Padding, type Size, samePadding, type WindowGeometry } from "./geometry.ts";

const equal = (a: Padding, b: Padding) => a.every((cells, side) => cells === b[side]);

/** Padding by name where a name says it: oneDNN's convolutions take names only and are passed over otherwise. */
function paddingAttributes(inputSize: Size, kernelSize: Size, geometry: WindowGeometry): RawAttribute[] {
  const { padding, strides } = geometry;
  if (equal(padding, [0, 0, 0, 0])) return [stringAttribute("padding", "VALID")];
  if (equal(padding, samePadding(inputSize, kernelSize, strides)))
    return [stringAttribute("padding", "SAME")];
  return [
    stringAttribute("padding", "EXPLICIT"),
    intAttribute("explicit_paddings", [0, 0, ...padding, 0, 0]),
  ];
}

/** Attributes of DepthwiseConv2dNative and of its two gradient ops. */
export function depthwiseAttributes(
  inputSize: Size,
  kernelSize: Size,
  geometry: WindowGeometry,
): RawAttribute[] {
  return [
    floatType(),
    intAttribute("strides", [1, ...geometry.strides, 1]),
    ...paddingAttributes(inputSize, kernelSize, geometry),
    stringAttribute("data_format", "NHWC"),
    intAttribute("dilations", [1, 1, 1, 1]),
  ];
}

/** Attributes of Conv2D and of its two gradient ops. */
export function convAttributes(inputSize: Size, kernelSize: Size, geometry: WindowGeometry): RawAttribute[] {
  return [...depthwiseAttributes(inputSize, kernelSize, geometry), boolAttribute("use_cudnn_on_gpu", true)];
}
