import { type Color, css, darker } from "./color.ts";
import { type Limb, limbCorners, type Point, type Shape } from "./shape.ts";

/** A tenth of a pixel is finer than anything seen, and keeps the text short. */
export const px = (value: number): string => value.toFixed(1);

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
