import sharp from "sharp";
import { inParallel } from "../files/in-parallel.ts";

/**
 * Width and height of pictures as stored, from their headers.
 *
 * @throws {Error} Naming the first file that is missing or not a picture.
 */
export function imageSizes(paths: readonly string[]): Promise<{ width: number; height: number }[]> {
  return inParallel(paths.length, async (index) => {
    const path = paths[index] ?? "";
    try {
      const { width, height } = await sharp(path).metadata();
      return { width, height };
    } catch (cause) {
      const [line] = (cause as Error).message.split("\n");
      throw new Error(`${path}: expected a readable image, got: ${line}`, { cause });
    }
  });
}
