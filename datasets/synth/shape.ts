/** A point in image pixels. */
export type Point = readonly [x: number, y: number];

/**
 * What every silhouette is made of. A shape is drawn (`shapeSvg`) and filled (`shapeSpans`) from the same numbers, so
 * areas, boxes and visibility come from the very outline that is seen.
 */
export type Shape =
  /** The hull of two circles: a limb that tapers from `from` to `to`. */
  | { kind: "limb"; from: Point; to: Point; fromRadius: number; toRadius: number }
  /** `angle` turns the x radius, radians clockwise as seen. */
  | { kind: "ellipse"; center: Point; radiusX: number; radiusY: number; angle: number }
  /** A polygon widened by `radius` on all sides, with round corners. */
  | { kind: "hull"; points: readonly Point[]; radius: number };

export type Limb = Extract<Shape, { kind: "limb" }>;

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The smallest upright rectangle around a shape (around its circumscribed circle, for an ellipse). */
export function shapeBounds(shape: Shape): Bounds {
  switch (shape.kind) {
    case "limb":
      return around([
        { at: shape.from, radius: shape.fromRadius },
        { at: shape.to, radius: shape.toRadius },
      ]);
    case "ellipse":
      return around([{ at: shape.center, radius: Math.max(shape.radiusX, shape.radiusY) }]);
    case "hull":
      return around(shape.points.map((at) => ({ at, radius: shape.radius })));
  }
}

function around(circles: readonly { at: Point; radius: number }[]): Bounds {
  return {
    left: Math.min(...circles.map(({ at, radius }) => at[0] - radius)),
    top: Math.min(...circles.map(({ at, radius }) => at[1] - radius)),
    right: Math.max(...circles.map(({ at, radius }) => at[0] + radius)),
    bottom: Math.max(...circles.map(({ at, radius }) => at[1] + radius)),
  };
}

/**
 * The four corners where the sides of a limb touch its circles: from's right, to's right, to's left, from's left, as
 * seen along the limb. Null where one circle lies inside the other (a limb seen end on).
 */
export function limbCorners({ from, to, fromRadius, toRadius }: Limb): [Point, Point, Point, Point] | null {
  const [alongX, alongY] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(alongX, alongY);
  const cos = (fromRadius - toRadius) / length;
  if (!(Math.abs(cos) < 1)) return null;
  const sin = Math.sqrt(1 - cos ** 2);
  const [ux, uy] = [alongX / length, alongY / length];
  // The common tangents touch both circles at the angle ± acos(cos) off the limb's direction.
  const touch = ([x, y]: Point, radius: number, side: 1 | -1): Point => [
    x + radius * (cos * ux - side * sin * uy),
    y + radius * (cos * uy + side * sin * ux),
  ];
  return [
    touch(from, fromRadius, 1),
    touch(to, toRadius, 1),
    touch(to, toRadius, -1),
    touch(from, fromRadius, -1),
  ];
}
