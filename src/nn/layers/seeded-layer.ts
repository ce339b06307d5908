import type * as tf from "@tensorflow/tfjs-core";
import { initializers, type LayerVariable, layers } from "@tensorflow/tfjs-layers";
import { seededNormal } from "./seeded-normal.ts";

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
