import * as tf from "@tensorflow/tfjs-core";
import { floatType, rawOp } from "../engine/raw-op.ts";

/** Euclidean length of a vector; not finite if any of it is not. */
export async function gradientNorm(gradient: tf.Tensor1D): Promise<number> {
  const squares = tf.tidy(() =>
    // TensorFlow's L2Loss, half the sum of squares, needs one pass and no second vector.
    tf.getBackend() === "tensorflow"
      ? tf.mul(2, rawOp("L2Loss", [floatType()], [gradient])[0] as tf.Tensor)
      : tf.sum(tf.square(gradient)),
  );
  const [sum = Number.NaN] = await squares.data();
  squares.dispose();
  return Math.sqrt(sum);
}
