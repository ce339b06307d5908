/** Numbers added in one go, as numpy does; longer runs are halved first. */
const BLOCK = 128;

/**
 * Sum of `values[start … start + length)`, added in numpy's order: eight partial sums over blocks, blocks in a binary
 * tree. The order decides the last bits, and with them whether a mean of exactly one half prints up or down.
 */
export function pairwiseSum(values: ArrayLike<number>, start = 0, length = values.length - start): number {
  if (length < 8) return addTo(0, values, start, start + length, 1);
  if (length > BLOCK) {
    const half = Math.floor(length / 2) - (Math.floor(length / 2) % 8);
    return pairwiseSum(values, start, half) + pairwiseSum(values, start + half, length - half);
  }
  const whole = start + length - (length % 8);
  const first = everyEighth(values, start, whole) + everyEighth(values, start + 1, whole);
  const second = everyEighth(values, start + 2, whole) + everyEighth(values, start + 3, whole);
  const third = everyEighth(values, start + 4, whole) + everyEighth(values, start + 5, whole);
  const fourth = everyEighth(values, start + 6, whole) + everyEighth(values, start + 7, whole);
  return addTo(first + second + (third + fourth), values, whole, start + length, 1);
}

function everyEighth(values: ArrayLike<number>, start: number, end: number): number {
  return addTo(values[start] as number, values, start + 8, end, 8);
}

function addTo(sum: number, values: ArrayLike<number>, start: number, end: number, step: number): number {
  let total = sum;
  for (let i = start; i < end; i += step) total += values[i] as number;
  return total;
}
