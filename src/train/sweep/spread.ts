/** What several runs came to. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation, the squares' sum over n - 1; null for a single value. */
  readonly deviation: number | null;
  readonly low: number;
  readonly high: number;
}

/** @returns Nothing for no values. */
export function spreadOf(values: readonly number[]): Spread | null {
  const { length } = values;
  if (length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = length > 1 ? Math.sqrt(squares / (length - 1)) : null;
  return { mean, deviation, low: Math.min(...values), high: Math.max(...values) };
}
