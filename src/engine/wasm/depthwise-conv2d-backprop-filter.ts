import * as tf from "@tensorflow/tfjs-core";
import { type ConvolutionAttributes, convolutionGeometry } from "./convolution-geometry.ts";
import { filterReach } from "./filter-reach.ts";

interface Attributes extends ConvolutionAttributes {
  readonly filterShape: [number, number, number, number];
}

/**
 * The gradient of a depthwise convolution with respect to its filter: the batch folds into the channels, x is convolved
 * depthwise with dy as the filter (stride and dilation change places), and the batch is summed.
 */
export const depthwiseConv2dBackpropFilter: tf.KernelConfig = {
  kernelName: tf.DepthwiseConv2dNativeBackpropFilter,
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
    const { filterShape, ...attributes } = attrs as unknown as Attributes;
    const { rows, columns, batchSize } = convolutionGeometry(x.shape, filterShape, attributes, true);
    const [filterHeight, filterWidth, channels, multiplier] = filterShape;
    const folded = batchSize * channels;
    return tf.tidy(() => {
      const image: tf.Tensor4D = tf.reshape(tf.transpose(x, [1, 2, 0, 3]), [
        1,
        rows.inSize,
        columns.inSize,
        folded,
      ]);
      const filter: tf.Tensor4D = tf.reshape(tf.transpose(dy, [1, 2, 0, 3]), [
        rows.outSize,
        columns.outSize,
        folded,
        multiplier,
      ]);
      const reach = filterReach(image, rows, columns);
      if (!reach) return tf.zeros(filterShape);
      const gradient = tf.depthwiseConv2d(
        reach.input,
        filter,
        [rows.dilation, columns.dilation],
        reach.padding,
        "NHWC",
        [rows.stride, columns.stride],
      ); // [1, kh, kw, B · C · M]
      return tf.sum(tf.reshape(gradient, [filterHeight, filterWidth, batchSize, channels, multiplier]), 2);
    });
  },
};
