import * as tf from "@tensorflow/tfjs-core";
import { afterAll, expect, test } from "vitest";
import type { EngineName } from "../../src/engine/engine.ts";
import { loadEngine } from "../../src/engine/load-engine.ts";
import { buildModel } from "../../src/models/build-model.ts";
import { testEngine } from "../engine.ts";
import { normalArray, tensorOf } from "../nn/check-gradients.ts";

afterAll(async () => {
  await testEngine();
});

/** Loss and size of the whole gradient of a small network, first weights and batch from seeds. */
async function lossAndGradient(engine: EngineName): Promise<{ loss: number; gradient: number }> {
  await loadEngine(engine);
  const model = buildModel({
    name: "dy-mobilenetv2-0.35_bottleneck",
    inputSize: [64, 64],
    numKeypoints: 17,
    temperature: 30,
    seed: 3,
  });
  const [images, targets] = [
    tensorOf(normalArray([4, 64, 64, 3], 1)),
    tensorOf(normalArray([4, 16, 16, 17], 2)),
  ];
  const variables = model.trainableWeights.map((weight) => (weight as unknown as { val: tf.Variable }).val);
  const { value, grads } = tf.variableGrads(() => {
    const heatmaps = model.apply(images, { training: true }) as tf.Tensor;
    return tf.mean(tf.squaredDifference(heatmaps, targets)) as tf.Scalar;
  }, variables);
  const squared = tf.tidy(() => tf.addN(Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)))));
  const result = {
    loss: (await value.data())[0] as number,
    gradient: Math.sqrt((await squared.data())[0] as number),
  };
  tf.dispose([value, grads, squared, images, targets]);
  model.dispose();
  return result;
}

const tensorflow = await loadEngine("tensorflow").then(
  () => true,
  () => false,
);

test.skipIf(!tensorflow)(
  `a whole network has the same loss and gradient on TensorFlow and wasm${tensorflow ? "" : " (skipped: TensorFlow is not installed)"}`,
  async () => {
    const [native, portable] = [await lossAndGradient("tensorflow"), await lossAndGradient("wasm")];
    expect(Math.abs(native.loss / portable.loss - 1)).toBeLessThan(1e-5);
    // Fifty batch normalisations amplify rounding on the way back: an input changed by 1e-7 moves the gradient by 1e-2.
    expect(Math.abs(native.gradient / portable.gradient - 1)).toBeLessThan(2e-2);
  },
  120_000,
);
