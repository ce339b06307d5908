import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "../../../datasets/augment/random.ts";
import { floatType, intType, rawOp, shapeTensor } from "../../engine/raw-op.ts";
import { type Operation, runOperation } from "./operation.ts";

const draw: Operation<"key", { readonly shape: readonly number[] }> = {
  name: "DyposeRandomUniform",
  portable: ({ key }, { shape }) => {
    const random = createRandom(...key.dataSync());
    const size = shape.reduce((product, length) => product * length, 1);
    return [tf.tensor(Float32Array.from({ length: size }, random.uniform), [...shape])];
  },
  tensorflow: ({ key }, { shape }) =>
    rawOp(
      "StatelessRandomUniform",
      [floatType("dtype"), intType("T"), intType("Tseed")],
      [shapeTensor(shape), key],
    ),
  savedInputs: [],
  gradient: () => ({}),
};

/**
 * Random numbers in [0, 1) that the key decides: the same on every call, other ones on another kind of engine.
 *
 * @param key `[2]`, int32. A tensor, so that a recorded graph draws by its value and not the same in every run.
 */
export function randomUniform(shape: readonly number[], key: tf.Tensor): tf.Tensor {
  return runOperation(draw, { key }, { shape })[0] as tf.Tensor;
}
