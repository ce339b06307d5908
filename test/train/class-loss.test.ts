import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { crossEntropy } from "../../src/train/class-loss.ts";
import { ranksOf } from "../../src/train/class-scorer.ts";
import { testEngine } from "../engine.ts";

beforeAll(() => testEngine());

/** The definition, in float64. */
function reference(scores: number[][], labels: number[], smoothing: number): number {
  const losses = scores.map((row, b) => {
    const total = row.reduce((sum, score) => sum + Math.exp(score), 0);
    return row.reduce((sum, score, c) => {
      const target = smoothing / row.length + (c === labels[b] ? 1 - smoothing : 0);
      return sum - target * Math.log(Math.exp(score) / total);
    }, 0);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

test("the loss is the mean cross-entropy with smoothed targets", () => {
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
      const expected = reference(scores, labels, smoothing);
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

test("ranks count the classes that beat the right one; ties and NaN go against it", () => {
  const scores = Float32Array.from([3, 2, 1, 0, 0, 0, Number.NaN, 1, 2]);
  expect(ranksOf(scores, [1, 0, 0])).toEqual([1, 2, 2]);
  expect(ranksOf(scores, [0, 2, 2])).toEqual([0, 2, 1]);
});
