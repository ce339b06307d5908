/** Numbers added in one go, as numpy does; longer runs are halved first. */
const BLOCK = 128;

/**
 * Sum of `values[start … start + length)`, added in numpy's order: eight partial sums over blocks, blocks in a binary
 * tree. The order decides the last bits, and with them whether a mean of exactly one half prints up or down.
 */
export function pairwiseSum(values: ArrayLike<number>, start = 0, length = values.length - start): number {
  if (length < 8) return plainSum(values, start, start + length, 0);
  if (length > BLOCK) {
    const half = Math.floor(length / 2) - (Math.floor(length / 2) % 8);
    return pairwiseSum(values, start, half) + pairwiseSum(values, start + half, length - half);
  }
  const at = (i: number): number => values[start + i] as number;
  let [a, b, c, d, e, f, g, h] = [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
  const whole = length - (length % 8);
  for (let i = 8; i < whole; i += 8) {
    a += at(i);
    b += at(i + 1);
    c += at(i + 2);
    d += at(i + 3);
    e += at(i + 4);
    f += at(i + 5);
    g += at(i + 6);
    h += at(i + 7);
  }
  const eight = a + b + (c + d) + (e + f + (g + h));
  return plainSum(values, start + whole, start + length, eight);
}

function plainSum(values: ArrayLike<number>, start: number, end: number, first: number): number {
  let sum = first;
  for (let i = start; i < end; i += 1) sum += values[i] as number;
  return sum;
}
