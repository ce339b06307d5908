/**
 * Numbers in [low, high) that a name decides, the same as in `test/fixtures/import/make_scores.py`: Weyl's sequence from
 * the name's FNV-1a hash, mixed by MurmurHash3's finaliser.
 */
export function formula(name: string, size: number, low: number, high: number): Float32Array {
  let key = 0x811c9dc5;
  for (const byte of Buffer.from(name)) key = Math.imul(key ^ byte, 0x01000193);
  return Float32Array.from({ length: size }, (_, i) => {
    let h = (key + Math.imul(i, 0x9e3779b9)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    return low + (high - low) * ((h >>> 0) / 2 ** 32);
  });
}

/** Bounds of a tensor's numbers, by its name and shape in a state dict. */
function bounds(name: string, shape: readonly number[]): [low: number, high: number] {
  if (name.endsWith("running_var") || (name.endsWith("weight") && shape.length === 1)) return [0.5, 1.5];
  if (shape.length === 1) return [-0.2, 0.2];
  const limit = (3 / shape.slice(1).reduce((product, size) => product * size, 1)) ** 0.5;
  return [-limit, limit];
}

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** A tensor of a state dict. */
export function stateTensor(name: string, shape: readonly number[]) {
  return { shape, data: formula(name, sizeOf(shape), ...bounds(name, shape)) };
}
