import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { namedWeights } from "../../weights/model-weights.ts";
import type { HostTensor } from "../../weights/safetensors.ts";

type LayerVariable = LayersModel["weights"][number];

/** One weight's place in the vector. */
interface WeightSlice {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly length: number;
}

/**
 * Some of a model's weights seen as one vector: an update of a few hundred tensors is then a handful of operations.
 * The order is the model's own.
 */
export interface FlatWeights {
  readonly slices: readonly WeightSlice[];
  readonly length: number;
  /** The variables, for `tf.variableGrads`. */
  readonly variables: readonly tf.Variable[];
  /** Joins tensors of the weights' shapes (the weights themselves by default) to a new vector. */
  gather(tensors?: readonly tf.Tensor[]): tf.Tensor1D;
  /** Gives the weights the vector's values. The vector stays the caller's. */
  scatter(vector: tf.Tensor1D): void;
  /** {@link scatter} from memory. */
  scatterHost(vector: Float32Array): void;
}

/** The weights a training step changes. */
export function trainableWeights(model: LayersModel): FlatWeights {
  return flatWeights(model, (weight) => model.trainableWeights.includes(weight));
}

/** Every weight, moving statistics included. */
export function allWeights(model: LayersModel): FlatWeights {
  return flatWeights(model, () => true);
}

function flatWeights(model: LayersModel, picks: (weight: LayerVariable) => boolean): FlatWeights {
  const weights = [...namedWeights(model)].filter(([, weight]) => picks(weight));
  const variables = weights.map(([, weight]) => weight.read() as tf.Variable);
  let length = 0;
  const slices = weights.map(([name], i): WeightSlice => {
    const { shape, size } = variables[i] as tf.Variable;
    const begin = length;
    length += size;
    return { name, shape, begin, length: size };
  });
  const assign = (valueFor: (slice: WeightSlice, i: number) => tf.Tensor) =>
    tf.tidy(() => slices.forEach((slice, i) => void variables[i]?.assign(valueFor(slice, i))));
  return {
    slices,
    length,
    variables,
    gather: (tensors = variables) =>
      tf.tidy(() => tf.concat1d(tensors.map((tensor) => tf.reshape(tensor, [-1])))),
    scatter(vector) {
      const parts = tf.split(
        vector,
        slices.map((slice) => slice.length),
      );
      assign(({ shape }, i) => tf.reshape(parts[i] as tf.Tensor, [...shape]));
      tf.dispose(parts);
    },
    scatterHost(vector) {
      // Copies: the engine may keep the array it is given, and the vector goes on changing.
      assign(({ begin, length: size, shape }) =>
        tf.tensor(vector.slice(begin, begin + size), [...shape], "float32"),
      );
    },
  };
}

/** A vector over the weights as one named tensor a weight, as checkpoints keep it. */
export function splitByWeight(
  vector: Float32Array,
  slices: readonly WeightSlice[],
  prefix: string,
): Map<string, HostTensor> {
  return new Map(
    slices.map(({ name, shape, begin, length }) => [
      prefix + name,
      { shape, data: vector.subarray(begin, begin + length) },
    ]),
  );
}

/**
 * The inverse of {@link splitByWeight}.
 *
 * @throws {Error} If a weight has no tensor of its size under `prefix`.
 */
export function joinByWeight(
  tensors: ReadonlyMap<string, HostTensor>,
  slices: readonly WeightSlice[],
  prefix: string,
): Float32Array {
  const vector = new Float32Array(slices.reduce((sum, slice) => sum + slice.length, 0));
  for (const { name, begin, length } of slices) {
    const data = tensors.get(prefix + name)?.data;
    if (!(data instanceof Float32Array) || data.length !== length) {
      throw new Error(
        `checkpoint: expected ${length} numbers in ${prefix}${name}, got ${data?.length ?? "none"}`,
      );
    }
    vector.set(data, begin);
  }
  return vector;
}
