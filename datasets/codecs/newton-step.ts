/** First and second derivatives of a surface. */
export interface Derivatives {
  readonly dx: number;
  readonly dy: number;
  readonly dxx: number;
  readonly dxy: number;
  readonly dyy: number;
}

/** A peak that claims to be further than this from its highest cell is noise, in cells. */
const MAX_OFFSET = 1;

/**
 * Where the parabola with these derivatives has its maximum: minus the inverse Hessian times the gradient.
 *
 * @returns Offset in cells, or undefined if there is no maximum, or none near.
 */
export function newtonStep({ dx, dy, dxx, dxy, dyy }: Derivatives): [x: number, y: number] | undefined {
  const determinant = dxx * dyy - dxy ** 2;
  if (!(dxx < 0 && determinant > 0)) return undefined;
  const x = (dxy * dy - dyy * dx) / determinant;
  const y = (dxy * dx - dxx * dy) / determinant;
  return Math.abs(x) <= MAX_OFFSET && Math.abs(y) <= MAX_OFFSET ? [x, y] : undefined;
}
