/** The median; of an even count the upper one of the two in the middle, of no numbers NaN. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
