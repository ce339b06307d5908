import * as tf from "@tensorflow/tfjs-core";
import { convolutionAdjoint } from "./convolution-adjoint.ts";
import { type ConvolutionAttributes, convolutionGeometry } from "./convolution-geometry.ts";

interface Attributes extends ConvolutionAttributes {
  readonly inputShape: [number, number, number, number];
}

/**
 * The gradient of a convolution with respect to its input, in place of tfjs's own: that is a scalar loop, this is
 * convolutions with the flipped filter.
 */
export const conv2dBackpropInput: tf.KernelConfig = {
  kernelName: tf.Conv2DBackpropInput,
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, filter } = inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D };
    const { inputShape, ...attributes } = attrs as unknown as Attributes;
    const geometry = convolutionGeometry(inputShape, filter.shape, attributes, false);
    return tf.tidy(() =>
      convolutionAdjoint(dy, filter, geometry, geometry.inChannels, (read, flipped, padding) =>
        tf.conv2d(read, tf.transpose(flipped, [0, 1, 3, 2]), 1, padding),
      ),
    );
  },
};
