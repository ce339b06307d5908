import { type Color, clothColor, css, darker } from "./color.ts";
import type { Difficulty } from "./difficulty.ts";
import type { PaintedShape } from "./part.ts";
import type { RandomStream } from "./random-stream.ts";
import { type Bounds, type Point, px } from "./shape.ts";

interface Canvas {
  readonly width: number;
  readonly height: number;
}

/** What is behind the people, as SVG: a wall or sky over a floor, a texture, and clutter. */
export function backgroundSvg(canvas: Canvas, difficulty: Difficulty, random: RandomStream): string {
  const wall = backdropColor(difficulty, random);
  const floor = backdropColor(difficulty, random);
  const horizon = canvas.height * random.uniform(0.45, 0.85);
  const fade = random.uniform(0.65, 0.95);
  return [
    "<defs>",
    gradient("wall", wall, darker(wall, fade), random.chance(0.5)),
    gradient("floor", darker(floor, fade), floor, false),
    "</defs>",
    `<rect width="${canvas.width}" height="${canvas.height}" fill="url(#wall)"/>`,
    random.chance(0.7)
      ? `<rect y="${px(horizon)}" width="${canvas.width}" height="${px(canvas.height - horizon)}" fill="url(#floor)"/>`
      : "",
    random.chance(0.4) ? textureSvg(canvas, random) : "",
    clutterSvg(canvas, difficulty, random),
  ].join("");
}

function backdropColor(difficulty: Difficulty, random: RandomStream): Color {
  if (!difficulty.plainBackground) {
    return { ...clothColor(random), saturation: random.uniform(0, 70) };
  }
  const lightness = random.chance(0.7) ? random.uniform(76, 96) : random.uniform(8, 24);
  return { hue: random.uniform(0, 360), saturation: random.uniform(0, 45), lightness };
}

function gradient(id: string, from: Color, to: Color, sideways: boolean): string {
  const direction = sideways ? "" : ' x2="0" y2="1"';
  return `<linearGradient id="${id}"${direction}><stop stop-color="${css(from)}"/><stop offset="1" stop-color="${css(to)}"/></linearGradient>`;
}

/**
 * Stripes, checks, dots or tiles, in a random direction and size: ruled lines, dashed for all but the stripes.
 * (One dashed path is drawn several times faster than an SVG pattern.)
 */
function textureSvg({ width, height }: Canvas, random: RandomStream): string {
  const size = random.uniform(12, 40);
  const reach = Math.hypot(width, height) / 2;
  const lines = Array.from({ length: Math.ceil((2 * reach) / size) }, (_, row) => row * size - reach);
  const from = (row: number, shift: number) => `M${px(-reach - shift)} ${px(row)}H${px(reach)}`;
  const rows = lines.map((row) => from(row, 0)).join("");
  const staggered = lines.map((row, index) => from(row, index % 2 === 0 ? 0 : size / 2)).join("");
  const columns = lines.map((row) => `M${px(row)} ${px(-reach)}V${px(reach)}`).join("");
  const half = px(size / 2);
  const drawing = random.pick([
    `d="${rows}" stroke-width="${half}"`,
    `d="${staggered}" stroke-width="${px(size)}" stroke-dasharray="${half}"`,
    `d="${staggered}" stroke-width="${px(size * random.uniform(0.3, 0.6))}" stroke-linecap="round" stroke-dasharray="0.1 ${px(size)}"`,
    `d="${rows}${columns}" stroke-width="1.5"`,
  ]);
  const place = `translate(${px(width / 2)} ${px(height / 2)}) rotate(${px(random.uniform(0, 180))})`;
  return `<path transform="${place}" fill="none" stroke="${css(clothColor(random))}" opacity="${px(random.uniform(0.15, 0.45))}" ${drawing}/>`;
}

function clutterSvg({ width, height }: Canvas, difficulty: Difficulty, random: RandomStream): string {
  let svg = "";
  const count = random.integer(...difficulty.clutter);
  for (let index = 0; index < count; index++) {
    const color = difficulty.plainBackground ? backdropColor(difficulty, random) : clothColor(random);
    const [x, y] = [random.uniform(0, width), random.uniform(0, height)];
    const size = random.uniform(0.04, 0.22) * height;
    const turn = `transform="rotate(${px(random.uniform(0, 360))} ${px(x)} ${px(y)})"`;
    const paint = `fill="${css(color)}" stroke="${css(darker(color, 0.8))}"`;
    const at = `x="${px(x - size / 2)}" y="${px(y - size / 2)}"`;
    svg += random.pick([
      `<rect ${at} width="${px(size)}" height="${px(size * random.uniform(0.5, 2))}" ${paint}/>`,
      `<rect ${at} width="${px(size * 1.5)}" height="${px(size * 0.2)}" rx="${px(size * 0.1)}" ${turn} ${paint}/>`,
      `<circle cx="${px(x)}" cy="${px(y)}" r="${px(size / 2)}" ${paint}/>`,
      `<path d="M${px(x)} ${px(y - size / 2)}l${px(size / 2)} ${px(size)}h-${px(size)}z" ${turn} ${paint}/>`,
    ]);
  }
  return svg;
}

/** A thing that hides a piece of the person behind it, whose bounds are given. */
export function occluder(person: Bounds, random: RandomStream): readonly PaintedShape[] {
  const draw = random.pick<Occluder>([crate, pole, bush, board]);
  const height = person.bottom - person.top;
  const at = {
    x: random.uniform(person.left, person.right),
    y: person.top + height * random.uniform(0.35, 0.85),
    size: random.uniform(0.12, 0.22) * height,
  };
  return draw(person, at, clothColor(random), random);
}

type Occluder = (person: Bounds, at: Placement, color: Color, random: RandomStream) => PaintedShape[];

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

function bush({ bottom }: Bounds, { x, size }: Placement, _: Color, random: RandomStream): PaintedShape[] {
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
  random: RandomStream,
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
