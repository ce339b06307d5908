import { type Color, css, darker } from "./color.ts";

/** A point in image pixels. */
export type Point = readonly [x: number, y: number];

/**
 * What every silhouette is made of. A shape is drawn (`shapeSvg`) and filled (`shapeSpans`) from the same numbers, so that
 * areas, boxes and visibility come from the outline that is seen.
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

/** Where a horizontal line runs inside a shape: x from left to right. Spans may overlap. */
type Span = readonly [left: number, right: number];

/** Spans along the horizontal line at a given y. */
type Spans = (y: number) => Span[];

/** Prepares the spans of a shape. */
export function shapeSpans(shape: Shape): Spans {
  switch (shape.kind) {
    case "limb":
      return union(limbPieces(shape));
    case "ellipse":
      return ellipseSpans(shape);
    case "hull": {
      const { points, radius } = shape;
      const rims = points.flatMap((from, index) => {
        const to = points[(index + 1) % points.length] ?? from;
        return limbPieces({ kind: "limb", from, to, fromRadius: radius, toRadius: radius });
      });
      return union([polygonSpans(points), ...rims]);
    }
  }
}

const union =
  (pieces: readonly Spans[]): Spans =>
  (y) =>
    pieces.flatMap((piece) => piece(y));

function limbPieces(limb: Limb): Spans[] {
  const ends = [discSpans(limb.from, limb.fromRadius), discSpans(limb.to, limb.toRadius)];
  const corners = limbCorners(limb);
  return corners === null ? ends : [...ends, polygonSpans(corners)];
}

const discSpans =
  ([centerX, centerY]: Point, radius: number): Spans =>
  (y) => {
    const half = Math.sqrt(radius ** 2 - (y - centerY) ** 2);
    return half >= 0 ? [[centerX - half, centerX + half]] : [];
  };

/** Solves ((cos·dx + sin·dy) / a)² + ((cos·dy − sin·dx) / b)² = 1 for dx. */
function ellipseSpans({ center, radiusX, radiusY, angle }: Extract<Shape, { kind: "ellipse" }>): Spans {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const quadratic = (cos / radiusX) ** 2 + (sin / radiusY) ** 2;
  return (y) => {
    const dy = y - center[1];
    const halfLinear = cos * sin * dy * (1 / radiusX ** 2 - 1 / radiusY ** 2);
    const constant = ((sin * dy) / radiusX) ** 2 + ((cos * dy) / radiusY) ** 2 - 1;
    const root = Math.sqrt(halfLinear ** 2 - quadratic * constant);
    if (!(root >= 0)) return [];
    return [[center[0] + (-halfLinear - root) / quadratic, center[0] + (-halfLinear + root) / quadratic]];
  };
}

/** By the even-odd rule, which the drawing of a hull names too: a twisted torso crosses itself. */
function polygonSpans(points: readonly Point[]): Spans {
  const sides = points.map((start, index) => [start, points[(index + 1) % points.length] ?? start] as const);
  return (y) => {
    const crossings: number[] = [];
    for (const [start, end] of sides) {
      if (start[1] > y === end[1] > y) continue;
      crossings.push(start[0] + ((end[0] - start[0]) * (y - start[1])) / (end[1] - start[1]));
    }
    crossings.sort((a, b) => a - b);
    const spans: Span[] = [];
    for (let index = 0; index + 1 < crossings.length; index += 2) {
      spans.push([crossings[index] ?? 0, crossings[index + 1] ?? 0]);
    }
    return spans;
  };
}

/** Draws a shape filled, edged with a darker line of `edge` pixels that lies inside its outline. */
export function shapeSvg(shape: Shape, fill: Color, edge: number): string {
  const paint = `fill="${css(fill)}" stroke="${css(darker(fill, 0.55))}" stroke-width="${px(edge)}"`;
  const inset = edge / 2;
  switch (shape.kind) {
    case "limb":
      return limbSvg(
        { ...shape, fromRadius: shape.fromRadius - inset, toRadius: shape.toRadius - inset },
        paint,
      );
    case "ellipse": {
      const [x, y] = shape.center.map(px);
      const degrees = px((shape.angle * 180) / Math.PI);
      const radii = `rx="${px(shape.radiusX - inset)}" ry="${px(shape.radiusY - inset)}"`;
      return `<ellipse cx="${x}" cy="${y}" ${radii} transform="rotate(${degrees} ${x} ${y})" ${paint}/>`;
    }
    case "hull": {
      // The widening is a round-joined stroke: once in the edge's colour, once, thinner, in the fill's.
      const points = shape.points.map(([x, y]) => `${px(x)},${px(y)}`).join(" ");
      const layer = (color: Color, radius: number) =>
        `<polygon points="${points}" fill-rule="evenodd" fill="${css(color)}" stroke="${css(color)}" stroke-width="${px(2 * radius)}" stroke-linejoin="round"/>`;
      return layer(darker(fill, 0.55), shape.radius) + layer(fill, Math.max(0.1, shape.radius - edge));
    }
  }
}

function limbSvg(limb: Limb, paint: string): string {
  const { from, to, fromRadius, toRadius } = limb;
  const corners = limbCorners(limb);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (corners === null) {
    const [center, radius] = fromRadius > toRadius ? [from, fromRadius] : [to, toRadius];
    return `<circle cx="${px(center[0])}" cy="${px(center[1])}" r="${px(radius)}" ${paint}/>`;
  }
  const [fromRight, toRight, toLeft, fromLeft] = corners.map((corner: Point) => corner.map(px).join(" "));
  const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const toTip = `${px(to[0] + ux * toRadius)} ${px(to[1] + uy * toRadius)}`;
  const fromTip = `${px(from[0] - ux * fromRadius)} ${px(from[1] - uy * fromRadius)}`;
  // Each end in two arcs that meet at its tip: the centre of one half circle would hang on its ends' last digits.
  const arc = (radius: number, end: string | undefined) => `A${px(radius)} ${px(radius)} 0 0 0 ${end}`;
  const aroundTo = arc(toRadius, toTip) + arc(toRadius, toLeft);
  const aroundFrom = arc(fromRadius, fromTip) + arc(fromRadius, fromRight);
  return `<path d="M${fromRight}L${toRight}${aroundTo}L${fromLeft}${aroundFrom}Z" ${paint}/>`;
}

/** A tenth of a pixel is finer than anything seen, and keeps the text short. */
export const px = (value: number): string => value.toFixed(1);

/**
 * The four corners where the sides of a limb touch its circles: from's right, to's right, to's left, from's left, as
 * seen along the limb. Null where one circle lies inside the other (a limb seen end on).
 */
function limbCorners({ from, to, fromRadius, toRadius }: Limb): [Point, Point, Point, Point] | null {
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
