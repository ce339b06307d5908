import sharp from "sharp";
import type { RandomStream } from "./random-stream.ts";
import type { Layer, Scene } from "./scene.ts";
import { shapeSvg } from "./shape.ts";

/** Draws a scene and encodes it as JPEG. */
export async function renderScene(scene: Scene, random: RandomStream): Promise<Buffer> {
  const { blur, noise, gain, offset } = scene.weather;
  let picture = sharp(Buffer.from(sceneSvg(scene))).removeAlpha();
  if (blur > 0) picture = picture.blur(blur);
  if (offset !== 0 || gain.some((factor) => factor !== 1)) {
    picture = picture.linear([...gain], [offset, offset, offset]);
  }
  if (noise > 0) {
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    addNoise(data, noise, random);
    picture = sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
  }
  return picture.jpeg({ quality: 90 }).toBuffer();
}

export function sceneSvg(scene: Scene): string {
  const body = scene.layers.map(layerSvg).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${scene.width}" height="${scene.height}">${scene.background}${body}</svg>`;
}

function layerSvg(layer: Layer): string {
  if (layer.kind === "object")
    return layer.painted.map(({ shape, color }) => shapeSvg(shape, color, 1)).join("");
  return layer.figure.parts
    .map(({ painted, details }) => {
      const shapes = painted.map(({ shape, color }) => shapeSvg(shape, color, 1)).join("");
      return shapes + (details ?? "");
    })
    .join("");
}

/** Adds grey noise: the difference of two uniform numbers has a deviation of √(1/6). */
function addNoise(pixels: Buffer, deviation: number, random: RandomStream): void {
  const reach = deviation * Math.sqrt(6);
  for (let index = 0; index < pixels.length; index += 3) {
    const change = (random.next() - random.next()) * reach;
    for (let channel = index; channel < index + 3; channel++) {
      pixels[channel] = Math.min(255, Math.max(0, Math.round((pixels[channel] ?? 0) + change)));
    }
  }
}
