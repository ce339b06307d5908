/** A float32 view of one number, to build it from bits. */
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** Widens bfloat16 (the upper half of a float32) to float32: exact. */
export function widenBfloat16(halves: Uint16Array): Float32Array {
  const wide = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) wide[i] = (halves[i] as number) << 16;
  return new Float32Array(wide.buffer);
}

/** Widens IEEE 754 binary16 to float32: exact, subnormals, infinities and NaN included. */
export function widenFloat16(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, widenOne);
}

function widenOne(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  // Rebias from 15 to 127; an exponent of all ones stays all ones (infinity, NaN).
  bits[0] =
    (((half & 0x8000) << 16) | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13)) >>> 0;
  return float[0] as number;
}
