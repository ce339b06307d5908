import type { RgbImage } from "../../datasets/image/rgb-image.ts";

/** A picture that a formula decides: edges, gradients and textures of every kind, so that no layer stays silent. */
export function formulaPicture(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < 3; channel += 1, at += 1) {
        const ramp = (x * (3 + channel) + y * (5 - channel)) >> 1;
        const blocks = (x >> 5) * 37 + (y >> 5) * 91;
        data[at] = (ramp ^ blocks) & 255;
      }
    }
  }
  return { width, height, data };
}
