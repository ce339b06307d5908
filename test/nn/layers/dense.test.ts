import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { Dense } from "../../../src/nn/layers/index.ts";
import { testEngine } from "../../engine.ts";

beforeAll(testEngine);

test("a dense layer multiplies and adds its bias; it starts from its seed, or from zeros", () => {
  const layer = new Dense({ name: "d", units: 2, seed: null });
  const x = tf.tensor2d([[1, 2, 3]]);
  expect([...(layer.apply(x) as tf.Tensor).dataSync()]).toEqual([0, 0]);
  layer.setWeights([tf.tensor2d([1, 10, 2, 20, 3, 30], [3, 2]), tf.tensor1d([0.5, -1])]);
  // 1·1 + 2·2 + 3·3 = 14; ten times that in the second
  expect([...(layer.apply(x) as tf.Tensor).dataSync()]).toEqual([14.5, 139]);
  expect(layer.multiplyAdds).toBe(6);

  const start = (seed: number) => {
    const seeded = new Dense({ name: "d", units: 2, seed });
    seeded.apply(x);
    return [...(seeded.getWeights()[0] as tf.Tensor).dataSync()];
  };
  expect(start(1)).toEqual(start(1));
  expect(start(1)).not.toEqual(start(2));
});

test("what does not fit a dense layer is refused", () => {
  expect(() => new Dense({ name: "d", units: 0 })).toThrow(
    "d.units: expected a whole number of at least 1, got 0",
  );
  expect(() => new Dense({ name: "d", units: 2 }).apply(tf.zeros([1, 4, 4, 3]))).toThrow(
    "d: expected an input [B, C], got [1,4,4,3]",
  );
});
