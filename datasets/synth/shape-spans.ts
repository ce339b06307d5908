import { type Limb, limbCorners, type Point, type Shape } from "./shape.ts";

/** Where a horizontal line runs inside a shape: x from left to right. Spans may overlap. */
export type Span = readonly [left: number, right: number];

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
