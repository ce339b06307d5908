import * as tf from "@tensorflow/tfjs-core";
import type { WindowGeometry } from "./geometry.ts";

/** What TF.js's own convolution kernels call the same geometry. */
export function stockAttributes({ strides, padding }: WindowGeometry): tf.NamedAttrMap {
  const [top, bottom, left, right] = padding;
  const pad = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return { strides: [...strides], pad, dataFormat: "NHWC", dilations: [1, 1] };
}

/** Runs one of TF.js's own kernels: those a gradient needs have no public function. */
export function stockKernel(
  name: string,
  inputs: tf.NamedTensorMap,
  attributes: tf.NamedAttrMap,
): tf.Tensor[] {
  return [tf.engine().runKernel(name, inputs, attributes) as tf.Tensor];
}
