/**
 * A repeatable stream of uniform numbers in [0, 1): SplitMix32.
 *
 * Source: Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, its 32-bit form.
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
