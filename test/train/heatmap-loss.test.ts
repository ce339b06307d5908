import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { type EngineChoice, loadEngine } from "../../src/engine/load-engine.ts";
import { type HeatmapLoss, hardKeypointLoss, meanSquaredError } from "../../src/train/heatmap-loss.ts";
import { randomOf } from "./tiny-run.ts";

const [B, H, W, K] = [2, 3, 2, 5] as const;

beforeAll(async () => void (await loadEngine((process.env["DYPOSE_ENGINE"] ?? "auto") as EngineChoice)));

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
