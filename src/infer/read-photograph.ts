import { readImage } from "../../datasets/image/read-image.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";

/**
 * Reads a picture as people see it: upright as its EXIF orientation says, its colour profile applied. (Data sets are read
 * as stored: that is what their annotations refer to.)
 *
 * @throws {Error} Naming the path, if it is missing, not a picture, or cut short.
 */
export function readPhotograph(path: string): Promise<RgbImage> {
  return readImage(path, { upright: true, colourProfile: true });
}
