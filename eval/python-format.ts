/**
 * A number as Python's `{:.Nf}` prints it: rounded from its exact binary value, halves to even.
 * `toFixed` is exact too but sends halves up: 9/16 is 0.562 here, 0.563 there.
 */
export function formatFixed(value: number, digits: number): string {
  // A binary number lies midway between two decimals of N digits only if it is an odd multiple of 2^-(N+1).
  const halves = Math.abs(value) * 2 ** (digits + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return value.toFixed(digits);
  const up = Math.abs(value).toFixed(digits);
  const even = Number(up.at(-1)) % 2 === 0 ? up : (Number(up) - 10 ** -digits).toFixed(digits);
  return value < 0 ? `-${even}` : even;
}
