import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { buildModel } from "../../src/models/build-model.ts";
import { BatchNorm } from "../../src/nn/layers/batch-norm.ts";
import { foldBatchNorm, modelState } from "../../src/nn/network.ts";
import { testEngine } from "../engine.ts";
import { normalArray, tensorOf } from "./check-gradients.ts";
import { relativeError } from "./float64.ts";

beforeAll(testEngine);

/** Normalisations that have seen data: none of their numbers is 0 or 1. */
function train(model: ReturnType<typeof buildModel>): void {
  for (const layer of model.layers) {
    if (!(layer instanceof BatchNorm)) continue;
    for (const [i, weight] of layer.weights.entries()) {
      const values = tf.tidy(() =>
        tf.add(tf.abs(tensorOf(normalArray(weight.shape as number[], 9, i))), 0.5),
      );
      weight.write(values);
      values.dispose();
    }
  }
}

test.each(["mobilenetv2-0.35_bottleneck", "dy-mobilenetv2-0.35_bottleneck", "dy-resnet10_deconv"])(
  "%s computes the same without its batch normalisations, and leaves no tensor behind",
  (name) => {
    const start = tf.memory().numTensors;
    const model = buildModel({ name, inputSize: [64, 64], numKeypoints: 3, temperature: 2 });
    train(model);
    const x = tensorOf(normalArray([2, 64, 64, 3], 1));
    // One image goes another way through a dynamic convolution than a batch.
    const single = tensorOf(normalArray([1, 64, 64, 3], 1));
    const expected = model.predict(x) as tf.Tensor;
    const before = modelState(model).length;
    foldBatchNorm(model);
    const folded = model.predict(x) as tf.Tensor;
    const reference = { shape: expected.shape, values: Float64Array.from(expected.dataSync()) };
    // Made-up statistics do not tame the signal: sixty layers amplify rounding. A wrong axis or order errs by 1.
    expect(relativeError(folded.dataSync(), reference)).toBeLessThan(5e-3);
    const alone = model.predict(single) as tf.Tensor;
    const first = { shape: alone.shape, values: reference.values.slice(0, alone.size) };
    expect(relativeError(alone.dataSync(), first)).toBeLessThan(5e-3);
    // A shift for every normalisation that went.
    const norms = model.layers.filter((layer) => layer instanceof BatchNorm);
    expect(norms.every((layer) => layer.folded)).toBe(true);
    expect(modelState(model).length).toBe(before + norms.length);
    tf.dispose([x, single, expected, folded, alone]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(start);
  },
);
