import * as tf from "@tensorflow/tfjs-core";
import type { Padding, Shape4 } from "./geometry.ts";

const isNothing = (padding: Padding): boolean => padding.every((cells) => cells === 0);

/** Surrounds images `[B, H, W, C]` with cells of one value. Without padding it is the same tensor. */
export function padImage(x: tf.Tensor, padding: Padding, value = 0): tf.Tensor {
  if (isNothing(padding)) return x;
  const [top, bottom, left, right] = padding;
  const none: [number, number] = [0, 0];
  return tf.pad(x, [none, [top, bottom], [left, right], none], value);
}

/** The shape of a padded image, from that of the image. */
export function paddedShape([batch, height, width, channels]: Shape4, padding: Padding): Shape4 {
  const [top, bottom, left, right] = padding;
  return [batch, height + top + bottom, width + left + right, channels];
}

/** Takes the padding off again: of an image of this shape. Without padding it is the same tensor. */
export function cropImage(x: tf.Tensor, padding: Padding, shape: Shape4): tf.Tensor {
  const [top, , left] = padding;
  return isNothing(padding) ? x : tf.slice(x, [0, top, left, 0], shape);
}
