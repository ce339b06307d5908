/** A seeded stream of random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  uniform(low: number, high: number): number;
  /** Uniform among low, low + 1, …, high. */
  integer(low: number, high: number): number;
  normal(mean: number, deviation: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** An independent stream: what is drawn from it never shifts what is drawn from this one. */
  fork(name: string | number): Random;
}

/**
 * Opens the stream that belongs to a path of names, such as `(seed, "train2017", 12)`.
 *
 * Source: sfc32 of PractRand (Doty-Humphrey), its 96 bits of state filled by FNV-1a hashes of the path.
 */
export function seededRandom(...path: readonly (string | number)[]): Random {
  const key = path.join("/");
  const next = sfc32(hash(`a/${key}`), hash(`b/${key}`), hash(`c/${key}`));
  const uniform = (low: number, high: number) => low + (high - low) * next();
  const integer = (low: number, high: number) => low + Math.floor((high - low + 1) * next());
  return {
    next,
    uniform,
    integer,
    // Box–Muller; 1 - next() is in (0, 1], so the logarithm is finite.
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    chance: (probability) => next() < probability,
    pick: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
    fork: (name) => seededRandom(...path, name),
  };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

function sfc32(a: number, b: number, c: number): () => number {
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}
