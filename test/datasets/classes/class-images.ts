import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { createRandom } from "../../../datasets/random.ts";

/** Classes that a glance tells apart, by colour and by form. */
const SHAPES: Readonly<Record<string, string>> = {
  disc: '<circle cx="50" cy="50" r="35" fill="#e03020"/>',
  square: '<rect x="18" y="18" width="64" height="64" fill="#2040e0"/>',
  triangle: '<path d="M50 12 L88 84 L12 84 Z" fill="#20a030"/>',
};

/** Draws `<folder>/<class>/<n>.png`: a shape each, on grounds and of sizes that vary. */
export async function drawClasses(folder: string, imagesPerClass: number, seed: number): Promise<void> {
  for (const [c, [name, shape]] of Object.entries(SHAPES).entries()) {
    await mkdir(join(folder, name), { recursive: true });
    for (let i = 0; i < imagesPerClass; i += 1) {
      const random = createRandom(seed, c, i);
      const [width, height] = [80 + random.integer(60), 80 + random.integer(60)];
      const grey = 120 + random.integer(120);
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 100">
        <rect width="100" height="100" fill="rgb(${grey},${grey},${grey})"/>${shape}</svg>`;
      await sharp(Buffer.from(svg))
        .png()
        .toFile(join(folder, name, `${i}.png`));
    }
  }
}
