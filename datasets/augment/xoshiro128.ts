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
