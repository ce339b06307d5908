import * as tf from "@tensorflow/tfjs-core";
import { initializers, type LayerVariable, layers } from "@tensorflow/tfjs-layers";
import { createRandom, type Random } from "../../../datasets/random.ts";

/** Name, data type and the like: what every TF.js layer takes. */
export type LayerArgs = ConstructorParameters<typeof layers.Layer>[0];

export interface SeededArgs extends NonNullable<LayerArgs> {
  /** Seed of the first weights; the layer's name tells its stream from other layers'. Null for zeros. @default 0 */
  seed?: number | null;
}

/** A layer whose first weights a seed and its name decide. */
export abstract class SeededLayer extends layers.Layer {
  readonly seed: number | null;

  constructor(args: SeededArgs) {
    super(args);
    this.seed = args.seed === undefined ? 0 : args.seed;
  }

  /** Adds a weight that starts with normal numbers from the layer's own stream. */
  protected normalWeight(name: string, shape: number[], deviation: number): LayerVariable {
    const initial =
      this.seed === null ? initializers.zeros() : seededNormal(deviation, this.seed, `${this.name}/${name}`);
    return this.addWeight(name, shape, "float32", initial as ReturnType<typeof initializers.zeros>);
  }

  protected zeroWeight(name: string, shape: number[]): LayerVariable {
    return this.addWeight(name, shape, "float32", initializers.zeros());
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), seed: this.seed };
  }
}

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

/**
 * x · kernel + bias.
 *
 * @param x `[B, C]`
 * @param kernel `[C, units]`
 * @param bias `[units]`
 * @returns `[B, units]`, the caller's to dispose.
 */
export function fullyConnected(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  return tf.tidy(() => tf.add<tf.Tensor2D>(tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), bias));
}
