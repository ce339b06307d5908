/** A source of random numbers that gives the same ones for the same key, on every machine. */
export interface Random {
  /** A whole number in [0, 2³²). */
  bits(): number;
  /** In [0, 1), a multiple of 2⁻³². */
  uniform(): number;
  /** A whole number in [0, count), all equally likely. */
  integer(count: number): number;
  /** Mean 0, standard deviation 1. */
  normal(): number;
}

/**
 * Random numbers for one purpose: its key says which, such as (seed, epoch, position, purpose). Streams of different
 * keys are independent, so nothing depends on who draws first or on which thread.
 *
 * @param key Whole numbers; their low 32 bits count.
 *
 * The generator's state is the key, mixed with the finaliser of MurmurHash3.
 */
export function createRandom(...key: readonly number[]): Random {
  const bits = xoshiro128(stateOf(key));
  const uniform = () => bits() / 2 ** 32;
  return {
    bits,
    uniform,
    integer(count) {
      // Numbers past the last full round of `count` would favour the small ones.
      const limit = 2 ** 32 - (2 ** 32 % count);
      let drawn = bits();
      while (drawn >= limit) drawn = bits();
      return drawn % count;
    },
    // Box and Muller's; 1 - uniform is never 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** 128 bits of state: four hashes of the key that differ in where they start. */
function stateOf(key: readonly number[]): [number, number, number, number] {
  const hash = (start: number) =>
    key.reduce((h, word) => mix((h + Math.imul(word, 0x9e3779b9) + 0x7f4a7c15) | 0), start);
  return [hash(1), hash(2), hash(3), hash(4)];
}

function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * xoshiro128** 1.1: 32 random bits a call, period 2¹²⁸ - 1.
 *
 * @param state Four 32-bit words, not all 0.
 *
 * Source: Blackman & Vigna, "Scrambled Linear Pseudorandom Number Generators" (arXiv 1805.01407).
 */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  return () => {
    const scrambled = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return scrambled;
  };
}

function rotateLeft(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count));
}
