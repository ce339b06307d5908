import { type Color, clothColor, css, darker } from "./color.ts";
import type { Difficulty } from "./difficulty.ts";
import type { Random } from "./random.ts";
import { px } from "./shape-svg.ts";

interface Canvas {
  readonly width: number;
  readonly height: number;
}

/** What is behind everyone: a wall or sky over a floor, a texture, and clutter. SVG. */
export function backgroundSvg(canvas: Canvas, difficulty: Difficulty, random: Random): string {
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

function backdropColor(difficulty: Difficulty, random: Random): Color {
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
function textureSvg({ width, height }: Canvas, random: Random): string {
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

function clutterSvg({ width, height }: Canvas, difficulty: Difficulty, random: Random): string {
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
