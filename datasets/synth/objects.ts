import { type Color, clothColor } from "./color.ts";
import type { PaintedShape } from "./part.ts";
import type { Random } from "./random.ts";
import type { Bounds, Point } from "./shape.ts";

const OCCLUDERS = { crate, pole, bush, board } as const;

/** A thing that hides a piece of the person behind it, whose bounds are given. */
export function occluder(person: Bounds, random: Random): readonly PaintedShape[] {
  const kind = random.pick(["crate", "pole", "bush", "board"] as const);
  const height = person.bottom - person.top;
  const at = {
    x: random.uniform(person.left, person.right),
    y: person.top + height * random.uniform(0.35, 0.85),
    size: random.uniform(0.12, 0.22) * height,
  };
  return OCCLUDERS[kind](person, at, clothColor(random), random);
}

interface Placement {
  readonly x: number;
  readonly y: number;
  /** Half the side of a crate, in pixels. */
  readonly size: number;
}

function crate({ bottom }: Bounds, { x, size }: Placement, color: Color): PaintedShape[] {
  return [{ shape: rectangle(x - size, bottom - 2 * size, x + size, bottom), color }];
}

function board({ left, right }: Bounds, { x, y, size }: Placement, color: Color): PaintedShape[] {
  const half = Math.max(size, (right - left) * 0.6);
  return [{ shape: rectangle(x - half, y - size * 0.35, x + half, y + size * 0.35), color }];
}

function pole({ top, bottom }: Bounds, { x, size }: Placement, color: Color): PaintedShape[] {
  const radius = size * 0.25;
  const ends = { from: [x, 2 * top - bottom], to: [x, bottom] } as const;
  return [{ shape: { kind: "limb", ...ends, fromRadius: radius, toRadius: radius }, color }];
}

function bush({ bottom }: Bounds, { x, size }: Placement, _: Color, random: Random): PaintedShape[] {
  return [-0.7, 0, 0.7].map((aside) => ({
    shape: {
      kind: "ellipse",
      center: [x + aside * size, bottom - size * (aside === 0 ? 0.9 : 0.5)],
      radiusX: size * 0.8,
      radiusY: size * 0.8,
      angle: 0,
    },
    color: { hue: random.uniform(80, 150), saturation: 45, lightness: random.uniform(20, 45) },
  }));
}

/** Something to sit on, from the hips down to the floor. */
export function stool(
  leftHip: Point,
  rightHip: Point,
  floor: number,
  random: Random,
): readonly PaintedShape[] {
  const [x, y] = [(leftHip[0] + rightHip[0]) / 2, (leftHip[1] + rightHip[1]) / 2];
  const half = (floor - y) * random.uniform(0.45, 0.7);
  return [{ shape: rectangle(x - half, y + (floor - y) * 0.15, x + half, floor), color: clothColor(random) }];
}

const rectangle = (left: number, top: number, right: number, bottom: number): PaintedShape["shape"] => ({
  kind: "hull",
  points: [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ],
  radius: 1.5,
});
