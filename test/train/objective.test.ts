import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import {
  crossEntropy,
  type HeatmapLoss,
  hardKeypointLoss,
  meanSquaredError,
} from "../../src/train/objective.ts";
import { testEngine } from "../engine.ts";
import { randomOf } from "./tiny-run.ts";

const [B, H, W, K] = [2, 3, 2, 5] as const;

beforeAll(testEngine);

function example() {
  const random = randomOf(5);
  const numbers = (length: number) => Array.from({ length }, () => Math.fround(random()));
  const [predicted, target] = [numbers(B * H * W * K), numbers(B * H * W * K)];
  const weights = Array.from({ length: B * K }, (_, i) => (i % 4 === 1 ? 0 : 1));
  return { predicted, target, weights };
}

/** Half the mean squared error over the cells, times the weight, of each keypoint of each person: [B][K]. */
function referenceErrors({ predicted, target, weights }: ReturnType<typeof example>): number[][] {
  return Array.from({ length: B }, (_, b) =>
    Array.from({ length: K }, (_, k) => {
      let sum = 0;
      for (let cell = 0; cell < H * W; cell++) {
        const i = (b * H * W + cell) * K + k;
        sum += ((predicted[i] as number) - (target[i] as number)) ** 2;
      }
      return (0.5 * sum * (weights[b * K + k] as number)) / (H * W);
    }),
  );
}

function lossAndGradient(loss: HeatmapLoss, { predicted, target, weights }: ReturnType<typeof example>) {
  const [value, gradient] = tf.tidy(() => {
    const goal = tf.tensor4d(target, [B, H, W, K]);
    const counted = tf.tensor2d(weights, [B, K]);
    const lossOf = tf.valueAndGrad((x: tf.Tensor) => loss(x as tf.Tensor4D, goal, counted));
    const { value, grad } = lossOf(tf.tensor4d(predicted, [B, H, W, K]));
    return [value, grad];
  });
  const numbers = { value: value.dataSync()[0] as number, gradient: [...gradient.dataSync()] };
  tf.dispose([value, gradient]);
  return numbers;
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(Math.max(...expected.map((number, i) => Math.abs((got[i] as number) - number)))).toBeLessThan(1e-7);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("the mean squared error agrees with a plain loop, and its gradient with the formula", () => {
  const data = example();
  const { value, gradient } = lossAndGradient(meanSquaredError, data);
  expect(value).toBeCloseTo(mean(referenceErrors(data).flat()), 6);
  // d/dp of 0.5 w (p - t)² / (h w B K)
  const expected = data.predicted.map((p, i) => {
    const weight = data.weights[Math.floor(i / (H * W * K)) * K + (i % K)] as number;
    return ((p - (data.target[i] as number)) * weight) / (H * W * B * K);
  });
  expectClose(gradient, expected);
});

test("hard keypoint mining counts the largest errors of each person, and only those learn", () => {
  const data = example();
  const { value, gradient } = lossAndGradient(hardKeypointLoss(2), data);
  const hardest = referenceErrors(data).map((errors) => errors.toSorted((a, b) => b - a).slice(0, 2));
  expect(value).toBeCloseTo(mean(hardest.map(mean)), 6);
  for (let b = 0; b < B; b++) {
    const learning = Array.from({ length: K }, (_, k) => gradient[b * H * W * K + k] !== 0);
    expect(learning.filter(Boolean)).toHaveLength(2);
  }
});

test("mining more keypoints than there are is the mean squared error", () => {
  const data = example();
  const all = lossAndGradient(hardKeypointLoss(17), data);
  const plain = lossAndGradient(meanSquaredError, data);
  expect(all.value).toBeCloseTo(plain.value, 6);
  expectClose(all.gradient, plain.gradient);
});

test("a loss and its gradient leave no tensor behind", () => {
  const before = tf.memory().numTensors;
  lossAndGradient(meanSquaredError, example());
  lossAndGradient(hardKeypointLoss(2), example());
  expect(tf.memory().numTensors).toBe(before);
});

/** The mean cross-entropy by its definition, in float64. */
function referenceCrossEntropy(scores: number[][], labels: number[], smoothing: number): number {
  const losses = scores.map((row, b) => {
    const total = row.reduce((sum, score) => sum + Math.exp(score), 0);
    return row.reduce((sum, score, c) => {
      const target = smoothing / row.length + (c === labels[b] ? 1 - smoothing : 0);
      return sum - target * Math.log(Math.exp(score) / total);
    }, 0);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

test("the loss of classes is the mean cross-entropy with smoothed targets", () => {
  const example = fc.integer({ min: 2, max: 9 }).chain((classes) =>
    fc.record({
      rows: fc.array(
        fc.record({
          scores: fc.array(fc.double({ min: -8, max: 8, noNaN: true }), {
            minLength: classes,
            maxLength: classes,
          }),
          label: fc.nat(classes - 1),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      smoothing: fc.constantFrom(0, 0.1, 0.5),
    }),
  );
  fc.assert(
    fc.property(example, ({ rows, smoothing }) => {
      const scores = rows.map((row) => row.scores);
      const labels = rows.map((row) => row.label);
      const loss = tf.tidy(
        () => crossEntropy(tf.tensor2d(scores), tf.tensor1d(labels), smoothing).dataSync()[0] as number,
      );
      const expected = referenceCrossEntropy(scores, labels, smoothing);
      expect(Math.abs(loss - expected)).toBeLessThan(1e-5 * Math.max(1, expected));
    }),
    { numRuns: 40 },
  );
});

test("its gradient is softmax less target, a share of each image", () => {
  const [scores, labels] = [[2, -1, 0.5], [1]];
  const gradient = tf.tidy(() => {
    const loss = (x: tf.Tensor) => crossEntropy(x as tf.Tensor2D, tf.tensor1d(labels), 0.3);
    return tf
      .grad(loss)(tf.tensor2d([scores]))
      .dataSync();
  });
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  for (const [c, score] of scores.entries()) {
    expect(gradient[c]).toBeCloseTo(Math.exp(score) / total - (0.1 + (c === 1 ? 0.7 : 0)), 5);
  }
});
