import * as tf from "@tensorflow/tfjs-core";
import { createRandom, type Random } from "../../../datasets/augment/random.ts";

/** What a layer asks for its first weights: TF.js's `Initializer`, whose class it does not export. */
export interface WeightInitializer {
  apply(shape: readonly (number | null)[]): tf.Tensor;
}

/** Numbers that tell one name from another: layers of one seed draw from streams of their own, whatever their order. */
export function nameKey(name: string): number {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + (character.codePointAt(0) as number)) | 0;
  return hash;
}

/** Fills with normal numbers, two a draw (Box & Muller). */
function fillNormal(values: Float32Array, deviation: number, random: Random): Float32Array {
  for (let i = 0; i < values.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/**
 * The deviation that keeps the size of signals through rectifiers: the square root of 2 / fan.
 *
 * @param fan Values one output (or, for the gradient, one input) is summed from.
 *
 * Source: He et al., ICCV 2015 (arXiv 1502.01852), equation 10.
 */
export function heDeviation(fan: number): number {
  return Math.sqrt(2 / fan);
}

/**
 * Normal weights around zero. TF.js's own initialisers draw number by number through an object each, some ten times
 * slower.
 *
 * @param seed Seed of the network; `name` tells this weight's stream from the others'.
 */
export function seededNormal(deviation: number, seed: number, name: string): WeightInitializer {
  return {
    apply: (shape) => {
      const size = (shape as number[]).reduce((product, length) => product * length, 1);
      const values = fillNormal(new Float32Array(size), deviation, createRandom(seed, nameKey(name)));
      return tf.tensor(values, shape as number[]);
    },
  };
}
