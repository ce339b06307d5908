/** Below this many numbers a comparison sort is done before the histograms of a radix sort are cleared. */
const RADIX_FROM = 4096;
const DIGITS = 1 << 16;

/**
 * Positions of the scores from highest to lowest; equal scores keep their order.
 * A radix sort over 16-bit digits, because its time grows with the number of scores and no faster.
 */
export function rankByScore(scores: Float64Array): Uint32Array {
  const ranking = new Uint32Array(scores.length);
  for (let i = 0; i < ranking.length; i += 1) ranking[i] = i;
  if (scores.length < RADIX_FROM) {
    return ranking.sort((a, b) => (scores[b] as number) - (scores[a] as number));
  }
  const digits = new Uint16Array(descendingKeys(scores).buffer); // [N, 4], lowest digit first
  let from = ranking;
  let to = new Uint32Array(scores.length);
  for (let digit = 0; digit < 4; digit += 1) {
    if (!scatterByDigit(digits, digit, from, to)) continue;
    [from, to] = [to, from];
  }
  return from;
}

/** One 64-bit unsigned key a score, smaller for a higher score: the number's bits, turned so that they compare. */
function descendingKeys(scores: Float64Array): Uint32Array {
  const keys = new Float64Array(scores.length);
  // Adding zero makes -0 into 0, which it equals.
  for (let i = 0; i < scores.length; i += 1) keys[i] = (scores[i] as number) + 0;
  const words = new Uint32Array(keys.buffer);
  for (let high = 1; high < words.length; high += 2) {
    const negative = (words[high] as number) >>> 31 === 1;
    if (negative) continue; // a negative number's bits already grow as it falls, and exceed every positive one's
    words[high] = ~(words[high] as number) & 0x7fffffff;
    words[high - 1] = ~(words[high - 1] as number);
  }
  return words;
}

/** One stable pass of the radix sort; false, and nothing done, when all digits agree. */
function scatterByDigit(digits: Uint16Array, digit: number, from: Uint32Array, to: Uint32Array): boolean {
  const starts = new Uint32Array(DIGITS);
  for (let i = digit; i < digits.length; i += 4) (starts[digits[i] as number] as number) += 1;
  if (starts[digits[digit] as number] === from.length) return false;
  let start = 0;
  for (let value = 0; value < DIGITS; value += 1) {
    const count = starts[value] as number;
    starts[value] = start;
    start += count;
  }
  for (const position of from) {
    const value = digits[4 * position + digit] as number;
    const target = starts[value] as number;
    starts[value] = target + 1;
    to[target] = position;
  }
  return true;
}
