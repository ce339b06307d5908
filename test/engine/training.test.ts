import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import type { EngineName } from "../../src/engine/engine.ts";
import { installedEngines } from "../../src/engine/engine-folder.ts";
import { loadEngine } from "../../src/engine/load-engine.ts";

/** Numbers in [-size, size) that depend on seed and place alone. */
function noise(shape: number[], seed: number, size = 0.3): tf.Tensor {
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, index) => {
    const x = Math.sin(12.9898 * (index + 1) + 78.233 * seed) * 43758.5453;
    return size * (2 * (x - Math.floor(x)) - 1);
  });
  return tf.tensor(values, shape);
}

const SHAPES = {
  stem: [3, 3, 3, 8],
  scale: [8],
  shift: [8],
  depthwise: [3, 3, 8, 1],
  pointwise: [1, 1, 8, 12],
  attention: [12, 4],
  up: [4, 4, 6, 12],
  bias: [6],
};

interface Weights {
  stem: tf.Tensor4D;
  scale: tf.Tensor1D;
  shift: tf.Tensor1D;
  depthwise: tf.Tensor4D;
  pointwise: tf.Tensor4D;
  attention: tf.Tensor2D;
  up: tf.Tensor4D;
  bias: tf.Tensor1D;
}

/**
 * One of everything a pose network trains with: strided, pointwise, depthwise and transposed convolutions, batch norm,
 * pooling, attention by softmax, bilinear resizing.
 */
function network(image: tf.Tensor4D, weights: Weights): tf.Tensor4D {
  const frame = [0, 1, 1, 0].map((zeros): [number, number] => [zeros, zeros]);
  let x: tf.Tensor4D = tf.conv2d(tf.pad(image, frame), weights.stem, 2, "valid"); // [2, 9, 9, 8]
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  x = tf.batchNorm4d(x, mean as tf.Tensor1D, variance as tf.Tensor1D, weights.shift, weights.scale, 1e-3);
  x = tf.maxPool(tf.pad(tf.relu(x), frame), 3, 2, "valid"); // [2, 5, 5, 8]
  x = tf.relu6(tf.depthwiseConv2d(x, weights.depthwise, 1, "same"));
  x = tf.conv2d(x, weights.pointwise, 1, "same"); // [2, 5, 5, 12]
  const attention = tf.softmax(tf.matMul(tf.mean<tf.Tensor2D>(x, [1, 2]), weights.attention)); // [2, 4]
  x = tf.mul(tf.elu(x), tf.reshape(tf.sum(tf.square(attention), 1), [2, 1, 1, 1]));
  x = tf.image.resizeBilinear(x, [10, 10]);
  return tf.add(tf.conv2dTranspose(x, weights.up, [2, 20, 20, 6], 2, "same"), weights.bias);
}

/** Three steps of Adam: the loss of each, the weights after them, and by how many tensors memory grew after the first. */
async function train(engine: EngineName) {
  await loadEngine(engine);
  const variables = Object.entries(SHAPES).map(([name, shape], index) =>
    tf.variable(noise(shape, index + 1), true, `${engine}-${name}`),
  );
  const names = Object.keys(SHAPES);
  const weights = Object.fromEntries(
    names.map((name, index) => [name, variables[index]]),
  ) as unknown as Weights;
  const image = noise([2, 17, 17, 3], 20, 1) as tf.Tensor4D;
  const target = noise([2, 20, 20, 6], 21, 1);
  const optimizer = tf.train.adam(1e-2);
  const losses: number[] = [];
  let tensors = 0;
  for (let step = 0; step < 3; step++) {
    const loss = optimizer.minimize(
      () => tf.mean(tf.squaredDifference(network(image, weights), target)) as tf.Scalar,
      true,
      variables,
    );
    losses.push(loss?.dataSync()[0] ?? Number.NaN);
    loss?.dispose();
    if (step === 0) tensors = tf.memory().numTensors;
  }
  const grown = tf.memory().numTensors - tensors;
  const values = variables.flatMap((weight) => Array.from(weight.dataSync()));
  tf.dispose([...variables, image, target]);
  return { losses, values, grown };
}

const hasTensorflow = installedEngines().some(({ device }) => device === "cpu");

for (const engine of ["wasm", "tensorflow"] as const) {
  const isMissing = engine === "tensorflow" && !hasTensorflow;
  test.skipIf(isMissing)(
    `a small network trains on ${engine} as it does in plain JavaScript${isMissing ? " (skipped: not installed)" : ""}`,
    async () => {
      const [reference, got] = [await train("cpu"), await train(engine)];
      expect(got.grown).toBe(0);
      expect(reference.losses[2]).toBeLessThan(reference.losses[0] ?? 0);
      got.losses.forEach(
        (loss, step) => void expect(loss).toBeCloseTo(reference.losses[step] ?? Number.NaN, 5),
      );
      const differences = got.values.map((value, index) =>
        Math.abs(value - (reference.values[index] ?? Number.NaN)),
      );
      // Adam's steps have the size of the learning rate, however small a gradient: rounding shows.
      expect(Math.max(...differences)).toBeLessThan(1e-3);
    },
  );
}
