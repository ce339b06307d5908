import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { batchNormInfer, batchNormTrain } from "../../../src/nn/ops/batch-norm.ts";
import { testEngine } from "../../engine.ts";
import { normalArray, operationErrors, tensorOf } from "../check-gradients.ts";
import { type Array64, at, mapIndices, relativeError, sum } from "../float64.ts";

beforeAll(testEngine);

const EPSILON = 1e-3;
const MOMENTUM = 0.1;

/** Mean of f over batch and image, for channel c. */
function channelMean(x: Array64, c: number, f: (value: number) => number): number {
  const channels = x.shape[3] as number;
  const count = x.values.length / channels;
  return sum(count, (i) => f(x.values[i * channels + c] as number)) / count;
}

function moments(x: Array64, c: number): { mean: number; variance: number } {
  const mean = channelMean(x, c, (value) => value);
  return { mean, variance: channelMean(x, c, (value) => (value - mean) ** 2) };
}

const reference = (x: Array64, scale: Array64, offset: Array64): Array64 =>
  mapIndices(x.shape, (b, i, j, c) => {
    const { mean, variance } = moments(x, c as number);
    const normalised =
      (at(x, b as number, i as number, j as number, c as number) - mean) / Math.sqrt(variance + EPSILON);
    return at(scale, c as number) * normalised + at(offset, c as number);
  });

const inputs = [normalArray([2, 3, 4, 3], 1), normalArray([3], 2), normalArray([3], 3)] as const;

test("training normalises by the batch's own statistics, and so do its gradients", () => {
  const compute = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) =>
    batchNormTrain(
      x,
      { scale, offset, movingMean: tf.zeros([3]), movingVariance: tf.ones([3]) },
      EPSILON,
      MOMENTUM,
    ).y;
  const errors = operationErrors(compute as never, reference as never, inputs);
  expect(errors.output).toBeLessThan(1e-5);
  for (const error of errors.gradients) expect(error).toBeLessThan(1e-5);
});

test("moving statistics go a tenth of the way to the batch's mean and population variance", () => {
  const [x] = inputs;
  const [movingMean, movingVariance] = [normalArray([3], 4), mapIndices([3], (c) => 1 + (c as number))];
  const trained = batchNormTrain(
    tensorOf(x),
    {
      scale: tf.ones([3]),
      offset: tf.zeros([3]),
      movingMean: tensorOf(movingMean),
      movingVariance: tensorOf(movingVariance),
    },
    EPSILON,
    MOMENTUM,
  );
  const count = x.values.length / 3; // 24 values a channel: variance · 24/23
  const expectedMean = mapIndices(
    [3],
    (c) => 0.9 * at(movingMean, c as number) + 0.1 * moments(x, c as number).mean,
  );
  const expectedVariance = mapIndices(
    [3],
    (c) =>
      0.9 * at(movingVariance, c as number) + (0.1 * moments(x, c as number).variance * count) / (count - 1),
  );
  expect(relativeError(trained.movingMean.dataSync(), expectedMean)).toBeLessThan(1e-5);
  expect(relativeError(trained.movingVariance.dataSync(), expectedVariance)).toBeLessThan(1e-5);
});

test("inference normalises by the moving statistics", () => {
  const [x, scale, offset] = inputs;
  const movingMean = normalArray([3], 5);
  const movingVariance = mapIndices([3], (c) => 0.5 + (c as number));
  const expected = mapIndices(x.shape, (b, i, j, c) => {
    const centred = at(x, b as number, i as number, j as number, c as number) - at(movingMean, c as number);
    return (
      (at(scale, c as number) * centred) / Math.sqrt(at(movingVariance, c as number) + EPSILON) +
      at(offset, c as number)
    );
  });
  const got = batchNormInfer(
    tensorOf(x),
    {
      scale: tensorOf(scale),
      offset: tensorOf(offset),
      movingMean: tensorOf(movingMean),
      movingVariance: tensorOf(movingVariance),
    },
    EPSILON,
  );
  expect(relativeError(got.dataSync(), expected)).toBeLessThan(1e-5);
});
