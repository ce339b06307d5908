import { createRandom } from "../random.ts";

/** A seeded stream of random numbers, with what drawing people needs. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  next(): number;
  uniform(low: number, high: number): number;
  /** Uniform among low, low + 1, …, high. */
  integer(low: number, high: number): number;
  normal(mean: number, deviation: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** An independent stream: what is drawn from it never shifts what is drawn from this one. */
  fork(name: string | number): RandomStream;
}

/** Opens the stream that belongs to a path of names, such as `(seed, "train2017", 12)`. */
export function randomStream(...path: readonly (string | number)[]): RandomStream {
  const source = createRandom(path.length, ...path.map((name) => hash(String(name))));
  const integer = (low: number, high: number) => low + source.integer(high - low + 1);
  return {
    next: source.uniform,
    uniform: (low, high) => low + (high - low) * source.uniform(),
    integer,
    normal: (mean, deviation) => mean + deviation * source.normal(),
    chance: (probability) => source.uniform() < probability,
    pick: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
    fork: (name) => randomStream(...path, name),
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
