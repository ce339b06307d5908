import * as tf from "@tensorflow/tfjs-core";
import { boolAttribute, floatAttribute, floatType, rawOp, stringAttribute } from "../../engine/raw-op.ts";
import { type Attributes, type Operation, runOperation } from "./operation.ts";

type NormAttributes = Attributes & { readonly epsilon: number };
type TrainAttributes = NormAttributes & { readonly momentum: number };

const fusedAttributes = (epsilon: number) => [
  floatType(),
  floatType("U"),
  floatAttribute("epsilon", epsilon),
  stringAttribute("data_format", "NHWC"),
  boolAttribute("is_training", true),
];

/** `(1 - momentum) · old + momentum · fresh` */
const moved = (old: tf.Tensor, fresh: tf.Tensor, momentum: number) =>
  tf.add(tf.mul(old, 1 - momentum), tf.mul(fresh, momentum));

/** Outputs: y, moving mean, moving variance, and three reserves that only the gradient reads. */
const train: Operation<"x" | "scale" | "offset" | "movingMean" | "movingVariance", TrainAttributes> = {
  name: "DyposeBatchNorm",
  portable: ({ x, scale, offset, movingMean, movingVariance }, { epsilon, momentum }) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]); // [C] each
    const y = batchNormInfer(x, { scale, offset, movingMean: mean, movingVariance: variance }, epsilon);
    // Bessel's correction: the moving variance estimates the population's.
    const count = x.size / (x.shape[3] as number);
    const population = tf.mul(variance, count / Math.max(count - 1, 1));
    return [
      y,
      moved(movingMean, mean, momentum),
      moved(movingVariance, population, momentum),
      mean,
      variance,
      tf.zeros([0]),
    ];
  },
  tensorflow: ({ x, scale, offset, movingMean, movingVariance }, { epsilon, momentum }) =>
    rawOp(
      "FusedBatchNormV3",
      [...fusedAttributes(epsilon), floatAttribute("exponential_avg_factor", momentum)],
      [x, scale, offset, movingMean, movingVariance],
      6,
    ),
  savedInputs: ["x", "scale"],
  savedOutputs: [false, false, false, true, true, true],
  gradient: ([dy], { inputs: { x, scale }, outputs }, { epsilon }) => {
    const [mean, variance, reserve] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [dx, dScale, dOffset] = runOperation(
      trainGradient,
      { dy, x, scale, mean, variance, reserve },
      { epsilon },
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { x: () => dx, scale: () => dScale, offset: () => dOffset };
  },
};

const trainGradient: Operation<"dy" | "x" | "scale" | "mean" | "variance" | "reserve", NormAttributes> = {
  name: "DyposeBatchNormGradient",
  portable: ({ dy, x, scale, mean, variance }, { epsilon }) => {
    const inverseDeviation = tf.rsqrt(tf.add(variance, epsilon));
    const normalised = tf.mul(tf.sub(x, mean), inverseDeviation);
    const dOffset = tf.sum(dy, [0, 1, 2]);
    const dScale = tf.sum(tf.mul(dy, normalised), [0, 1, 2]);
    const count = x.size / (x.shape[3] as number);
    // The batch's mean and variance follow x too: what of dy flows through them is subtracted.
    const through = tf.add(dOffset, tf.mul(normalised, dScale));
    const dx = tf.mul(tf.mul(scale, inverseDeviation), tf.sub(dy, tf.div(through, count)));
    return [dx, dScale, dOffset];
  },
  tensorflow: ({ dy, x, scale, mean, variance, reserve }, { epsilon }) =>
    rawOp("FusedBatchNormGradV3", fusedAttributes(epsilon), [dy, x, scale, mean, variance, reserve], 5).slice(
      0,
      3,
    ),
  savedInputs: [],
  gradient: () => {
    throw new Error("batchNormTrain: expected first-order gradients only, got a gradient of its gradient");
  },
};

interface NormParameters {
  /** γ, `[C]` */
  readonly scale: tf.Tensor;
  /** β, `[C]` */
  readonly offset: tf.Tensor;
  readonly movingMean: tf.Tensor;
  readonly movingVariance: tf.Tensor;
}

/**
 * Batch normalisation by the batch's own statistics.
 *
 * @param x `[B, H, W, C]`
 * @param momentum Weight of this batch in the moving statistics, as PyTorch counts it (0.1), not Keras (0.9).
 * @returns y and the moved statistics; all the caller's to dispose, the reserves beside them by tidy.
 */
export function batchNormTrain(
  x: tf.Tensor,
  { scale, offset, movingMean, movingVariance }: NormParameters,
  epsilon: number,
  momentum: number,
): { y: tf.Tensor; movingMean: tf.Tensor; movingVariance: tf.Tensor } {
  const [y, mean, variance] = runOperation(
    train,
    { x, scale, offset, movingMean, movingVariance },
    { epsilon, momentum },
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { y, movingMean: mean, movingVariance: variance };
}

/** Batch normalisation by given statistics: one scale and one offset a channel. */
export function batchNormInfer(x: tf.Tensor, parameters: NormParameters, epsilon: number): tf.Tensor {
  const { scale, offset, movingMean, movingVariance } = parameters;
  return tf.batchNorm(
    x as tf.Tensor4D,
    movingMean as tf.Tensor1D,
    movingVariance as tf.Tensor1D,
    offset as tf.Tensor1D,
    scale as tf.Tensor1D,
    epsilon,
  );
}
