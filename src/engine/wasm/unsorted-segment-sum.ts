import * as tf from "@tensorflow/tfjs-core";

/** Sums the rows of x that have the same segment id (the gradient of `gather`): a product with the ids' one-hot rows. */
export const unsortedSegmentSum: tf.KernelConfig = {
  kernelName: tf.UnsortedSegmentSum,
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { x, segmentIds } = inputs as { x: tf.Tensor; segmentIds: tf.Tensor1D };
    const { numSegments } = attrs as unknown as tf.UnsortedSegmentSumAttrs;
    const [numRows = 0, ...rowShape] = x.shape;
    return tf.tidy(() => {
      const rows = tf.reshape(tf.cast(x, "float32"), [numRows, -1]);
      const segments = tf.cast(tf.transpose(tf.oneHot(segmentIds, numSegments)), "float32"); // [segments, rows]
      return tf.reshape(tf.cast(tf.matMul(segments, rows), x.dtype), [numSegments, ...rowShape]);
    });
  },
};
