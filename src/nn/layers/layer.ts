/** What the layers here have in common: one input, state beside the weights, first weights from a seed. */
import * as tf from "@tensorflow/tfjs-core";
import { initializers, type LayerVariable, layers, type Shape } from "@tensorflow/tfjs-layers";
import { createRandom, type Random } from "../../../datasets/random.ts";

/** Name, data type and the like: what every TF.js layer takes. */
export type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/**
 * A layer of one input and one output.
 *
 * @typeParam Parts What it makes when it is built: its weights, and what follows from the input's shape.
 */
export abstract class UnaryLayer<Parts = unknown> extends layers.Layer {
  /** Multiply-adds for one image, known once built. */
  multiplyAdds = 0;
  private made?: Parts;

  /** Makes the layer's parts for an input of this shape; in the order of the layer's weights. */
  protected make?(inputShape: Shape): Parts;

  /** The output for an input; all other tensors made on the way are disposed. */
  protected abstract compute(x: tf.Tensor, training: boolean): tf.Tensor;

  protected outputShapeFor(inputShape: Shape): Shape {
    return inputShape;
  }

  protected get parts(): Parts {
    if (this.made === undefined)
      throw new Error(`${this.name}: expected a layer that was built, got a new one`);
    return this.made;
  }

  /** Variables beside the weights that the output depends on. */
  get state(): readonly tf.Variable[] {
    return [];
  }

  override build(inputShape: Shape | Shape[]): void {
    const made = this.make?.(inputShape as Shape);
    if (made !== undefined) this.made = made;
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return this.outputShapeFor(inputShape as Shape);
  }

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    { training = false }: { training?: boolean } = {},
  ): tf.Tensor {
    const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
    return tf.tidy(() => this.compute(x, training));
  }

  override dispose(): ReturnType<layers.Layer["dispose"]> {
    const result = super.dispose();
    if (result.refCountAfterDispose === 0) tf.dispose([...this.state]);
    return result;
  }
}

/** Channels of an image batch `[B, H, W, C]`. @throws {TypeError} If the shape is none, naming the layer. */
export function imageChannels(layer: string, shape: Shape): number {
  const channels = shape[3];
  if (shape.length !== 4 || typeof channels !== "number") {
    throw new TypeError(`${layer}: expected an input [B, H, W, C], got [${shape}]`);
  }
  return channels;
}

/** @throws {RangeError} Naming where the value is from. */
export function positiveInteger(where: string, value: number): number {
  if (!(Number.isInteger(value) && value >= 1)) {
    throw new RangeError(`${where}: expected a whole number of at least 1, got ${value}`);
  }
  return value;
}

export interface SeededArgs extends LayerArgs {
  /** Seed of the first weights; the layer's name tells its stream from other layers'. Null for zeros. @default 0 */
  seed?: number | null;
}

/** The weights of a fully connected layer, or what reads like them. */
export interface DenseWeights {
  /** `[C, units]` */
  readonly kernel: { read(): tf.Tensor };
  /** `[units]` */
  readonly bias: { read(): tf.Tensor };
}

/** A layer whose first weights follow from a seed and its name. */
export abstract class SeededLayer<Parts> extends UnaryLayer<Parts> {
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

  /** Adds the kernel and the bias of a fully connected layer, the prefix before their names. */
  protected denseWeights(
    prefix: string,
    channels: number,
    units: number,
    deviation = heDeviation(channels),
  ): DenseWeights {
    return {
      kernel: this.normalWeight(`${prefix}kernel`, [channels, units], deviation),
      bias: this.zeroWeight(`${prefix}bias`, [units]),
    };
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), seed: this.seed };
  }
}

/**
 * x · kernel + bias.
 *
 * @param x `[B, C]`
 * @returns `[B, units]`, the caller's to dispose.
 */
export function fullyConnected(x: tf.Tensor, { kernel, bias }: DenseWeights): tf.Tensor2D {
  return tf.tidy(() =>
    tf.add<tf.Tensor2D>(tf.matMul(x as tf.Tensor2D, kernel.read() as tf.Tensor2D), bias.read()),
  );
}

/**
 * The deviation that keeps the size of signals through ReLUs: the square root of 2 / fan.
 *
 * @param fan Values one output (or, for the gradient, one input) is summed from.
 *
 * Source: He et al., ICCV 2015 (arXiv 1502.01852), equation 10.
 */
export function heDeviation(fan: number): number {
  return Math.sqrt(2 / fan);
}

/** A number for a name, by which layers of one seed draw from streams of their own, whatever their order. */
export function nameKey(name: string): number {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + (character.codePointAt(0) as number)) | 0;
  return hash;
}

/**
 * Normal weights around zero. TF.js's own initialisers draw number by number through an object each, some ten times
 * slower; of their class, which TF.js does not export, a layer calls `apply` alone.
 *
 * @param seed Seed of the network; `name` tells this weight's stream from the others'.
 */
function seededNormal(deviation: number, seed: number, name: string) {
  return {
    apply: (shape: readonly (number | null)[]) => {
      const size = (shape as number[]).reduce((product, length) => product * length, 1);
      const values = fillNormal(new Float32Array(size), deviation, createRandom(seed, nameKey(name)));
      return tf.tensor(values, shape as number[]);
    },
  };
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
