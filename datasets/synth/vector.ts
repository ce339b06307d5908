/** A point or direction in the body's or the camera's space. */
export type Vector = readonly [x: number, y: number, z: number];

/** Three rows; `rotate(matrix, v)` is matrix · v. */
export type Rotation = readonly [Vector, Vector, Vector];

export const add = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

export const scale = (a: Vector, factor: number): Vector => [a[0] * factor, a[1] * factor, a[2] * factor];

/** a + factor · b. */
export const along = (a: Vector, b: Vector, factor: number): Vector => add(a, scale(b, factor));

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

export const rotate = (matrix: Rotation, v: Vector): Vector => [
  dot(matrix[0], v),
  dot(matrix[1], v),
  dot(matrix[2], v),
];

/** first, then second: `rotate(compose(first, second), v) = rotate(second, rotate(first, v))`. */
export function compose(first: Rotation, second: Rotation): Rotation {
  const columns: Rotation = [
    [first[0][0], first[1][0], first[2][0]],
    [first[0][1], first[1][1], first[2][1]],
    [first[0][2], first[1][2], first[2][2]],
  ];
  const row = (r: Vector): Vector => [dot(r, columns[0]), dot(r, columns[1]), dot(r, columns[2])];
  return [row(second[0]), row(second[1]), row(second[2])];
}

/** Turns by `angle` radians about x: y towards z. */
export function aboutX(angle: number): Rotation {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [
    [1, 0, 0],
    [0, c, -s],
    [0, s, c],
  ];
}

/** Turns by `angle` radians about y: z towards x. */
export function aboutY(angle: number): Rotation {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [
    [c, 0, s],
    [0, 1, 0],
    [-s, 0, c],
  ];
}

/** Turns by `angle` radians about z: x towards y. */
export function aboutZ(angle: number): Rotation {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [
    [c, -s, 0],
    [s, c, 0],
    [0, 0, 1],
  ];
}
