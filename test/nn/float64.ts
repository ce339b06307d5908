/** Plain float64 arithmetic on nested loops: what the engines are held to. */
export interface Array64 {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** Filled in row-major order. */
export function array64(shape: readonly number[], value: (index: number) => number): Array64 {
  return { shape, values: Float64Array.from({ length: sizeOf(shape) }, (_, i) => value(i)) };
}

/** Reads at a multi-dimensional index. */
export function at({ shape, values }: Array64, ...index: readonly number[]): number {
  let offset = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    offset = offset * (shape[axis] as number) + (index[axis] as number);
  }
  return values[offset] as number;
}

/** Calls back for every index of a shape, in row-major order. */
export function mapIndices(shape: readonly number[], value: (...index: number[]) => number): Array64 {
  const index = shape.map(() => 0);
  return array64(shape, () => {
    const result = value(...index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
    return result;
  });
}

/** Σ over 0 ≤ i < count. */
export function sum(count: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}

export const dot = (a: Array64, b: Array64): number =>
  sum(a.values.length, (i) => (a.values[i] as number) * (b.values[i] as number));

/** d f / d x by central differences, exact to about 1e-9 for a smooth f in float64. */
export function numericalGradient(f: (x: Array64) => number, x: Array64, step = 1e-5): Array64 {
  return array64(x.shape, (i) => {
    const moved = (by: number) => {
      const values = Float64Array.from(x.values);
      values[i] = (values[i] as number) + by;
      return f({ shape: x.shape, values });
    };
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

/** Largest difference relative to the largest reference value, or to `least` if all are smaller. */
export function relativeError(got: ArrayLike<number>, expected: Array64, least = 1e-3): number {
  let [difference, scale] = [0, least];
  expected.values.forEach((value, i) => {
    const gap = Math.abs((got[i] as number) - value);
    difference = Math.max(gap, difference); // NaN stays
    scale = Math.max(scale, Math.abs(value));
  });
  return got.length === expected.values.length ? difference / scale : Number.NaN;
}
