import * as tf from "@tensorflow/tfjs-core";
import {
  type ConvolutionAttributes,
  type ConvolutionAxis,
  convolutionGeometry,
} from "./convolution-geometry.ts";
import { filterReach } from "./filter-reach.ts";

interface Attributes extends ConvolutionAttributes {
  readonly filterShape: [number, number, number, number];
}

/**
 * The gradient of a convolution with respect to its filter, itself a convolution:
 * dw[k, l, c, d] = Σ x[b, stride · y + k, stride · z + l, c] · dy[b, y, z, d] is x, with channels for the batch and the
 * batch for channels, convolved with dy as the filter and the stride as its dilation.
 */
export const conv2dBackpropFilter: tf.KernelConfig = {
  kernelName: tf.Conv2DBackpropFilter,
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
    const { filterShape, ...attributes } = attrs as unknown as Attributes;
    const { rows, columns } = convolutionGeometry(x.shape, filterShape, attributes, false);
    return tf.tidy(() => {
      const image = tf.transpose(x, [3, 1, 2, 0]); // [C, H, W, B]
      const filter = tf.transpose(dy, [1, 2, 0, 3]); // [h, w, B, D]
      if (isPointwise(rows) && isPointwise(columns)) {
        const [, , channels, depth] = filterShape;
        return tf.reshape(
          tf.matMul(tf.reshape(image, [channels, -1]), tf.reshape(filter, [-1, depth])),
          filterShape,
        );
      }
      const reach = filterReach(image, rows, columns);
      if (!reach) return tf.zeros(filterShape);
      const gradient = tf.conv2d(reach.input, filter, 1, reach.padding, "NHWC", [
        rows.stride,
        columns.stride,
      ]); // [C, kh, kw, D]
      return tf.transpose(gradient, [1, 2, 0, 3]); // [kh, kw, C, D]
    });
  },
};

/** Whether every output cell reads exactly the input cell at its own place. */
function isPointwise({ inSize, outSize, filterSize, padBefore }: ConvolutionAxis): boolean {
  return filterSize === 1 && padBefore === 0 && inSize === outSize;
}
