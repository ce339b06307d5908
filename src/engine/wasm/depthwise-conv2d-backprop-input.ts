import * as tf from "@tensorflow/tfjs-core";
import { convolutionAdjoint } from "./convolution-adjoint.ts";
import { type ConvolutionAttributes, convolutionGeometry } from "./convolution-geometry.ts";

interface Attributes extends ConvolutionAttributes {
  readonly inputShape: [number, number, number, number];
}

/**
 * The gradient of a depthwise convolution with respect to its input: a depthwise convolution of dy with the flipped
 * filter, each of its C · M channels by itself, then the sum over the M that came from the same input channel.
 */
export const depthwiseConv2dBackpropInput: tf.KernelConfig = {
  kernelName: tf.DepthwiseConv2dNativeBackpropInput,
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, filter } = inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D };
    const { inputShape, ...attributes } = attrs as unknown as Attributes;
    const geometry = convolutionGeometry(inputShape, filter.shape, attributes, true);
    const [, , channels, multiplier] = filter.shape;
    const { rows, columns } = geometry;
    return tf.tidy(() => {
      const each = convolutionAdjoint(
        dy,
        filter,
        geometry,
        channels * multiplier,
        (read, flipped, padding) => {
          const [height, width] = flipped.shape;
          const separate: tf.Tensor4D = tf.reshape(flipped, [height, width, channels * multiplier, 1]);
          return tf.depthwiseConv2d(read, separate, 1, padding, "NHWC", [rows.dilation, columns.dilation]);
        },
      );
      if (multiplier === 1) return each;
      const [batch, height, width] = inputShape;
      return tf.sum(tf.reshape(each, [batch, height, width, channels, multiplier]), 4);
    });
  },
};
