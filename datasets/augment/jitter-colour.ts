import type { Augmentation } from "./augmentation.ts";
import type { Random } from "./random.ts";

// Share of each primary in the brightness a viewer sees (ITU-R BT.601).
const RED = 0.299;
const GREEN = 0.587;
const BLUE = 0.114;

/**
 * Changes brightness, then contrast around the mean grey, then saturation around each pixel's grey, in place.
 *
 * @param pixels R, G, B, ... of the whole picture.
 */
export function jitterColour(
  pixels: Uint8Array,
  { colourProbability, colourSpread }: Pick<Augmentation, "colourProbability" | "colourSpread">,
  random: Random,
): void {
  if (random.uniform() >= colourProbability) return;
  const factor = () => 1 + (2 * random.uniform() - 1) * colourSpread;
  const brightness = factor();
  const contrast = factor();
  const saturation = factor();
  // All three steps are linear: value → gain · value + lift, then saturation · value + (1 - saturation) · its grey.
  const gain = brightness * contrast;
  const lift = (1 - contrast) * brightness * meanGrey(pixels);
  for (let i = 0; i < pixels.length; i += 3) {
    const red = gain * (pixels[i] as number) + lift;
    const green = gain * (pixels[i + 1] as number) + lift;
    const blue = gain * (pixels[i + 2] as number) + lift;
    const grey = (1 - saturation) * (RED * red + GREEN * green + BLUE * blue);
    pixels[i] = toByte(saturation * red + grey);
    pixels[i + 1] = toByte(saturation * green + grey);
    pixels[i + 2] = toByte(saturation * blue + grey);
  }
}

function meanGrey(pixels: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    sum += RED * (pixels[i] as number) + GREEN * (pixels[i + 1] as number) + BLUE * (pixels[i + 2] as number);
  }
  return sum / (pixels.length / 3);
}

function toByte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
