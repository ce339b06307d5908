import type { RandomStream } from "./random-stream.ts";

/** Hue in degrees, saturation and lightness in percent. */
export interface Color {
  readonly hue: number;
  readonly saturation: number;
  readonly lightness: number;
}

export const css = ({ hue, saturation, lightness }: Color): string =>
  `hsl(${Math.round(hue)},${Math.round(saturation)}%,${Math.round(lightness)}%)`;

export const darker = (color: Color, factor: number): Color => ({
  ...color,
  lightness: color.lightness * factor,
});

const SKINS: readonly [Color, ...Color[]] = [
  { hue: 25, saturation: 70, lightness: 82 },
  { hue: 24, saturation: 60, lightness: 74 },
  { hue: 26, saturation: 48, lightness: 62 },
  { hue: 24, saturation: 45, lightness: 48 },
  { hue: 22, saturation: 42, lightness: 34 },
];

const HAIRS: readonly [Color, ...Color[]] = [
  { hue: 30, saturation: 10, lightness: 10 },
  { hue: 25, saturation: 45, lightness: 20 },
  { hue: 28, saturation: 50, lightness: 32 },
  { hue: 42, saturation: 65, lightness: 58 },
  { hue: 14, saturation: 65, lightness: 38 },
  { hue: 0, saturation: 0, lightness: 72 },
];

export const skinColor = (random: RandomStream): Color => random.pick(SKINS);

export const hairColor = (random: RandomStream): Color => random.pick(HAIRS);

/** Anything a shop sells: half of it strong, the rest muted, dark or nearly white. */
export function clothColor(random: RandomStream): Color {
  const hue = random.uniform(0, 360);
  if (random.chance(0.5))
    return { hue, saturation: random.uniform(55, 95), lightness: random.uniform(32, 62) };
  return { hue, saturation: random.uniform(0, 35), lightness: random.uniform(12, 92) };
}
