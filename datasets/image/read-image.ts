import sharp from "sharp";
import type { RgbImage } from "./rgb-image.ts";

export interface ReadImageOptions {
  /**
   * Turn the picture upright as its EXIF orientation says. Off for data sets: COCO's annotations (and the width and
   * height in its JSON) refer to the pixels as stored. On for a user's own photographs.
   * @default false
   */
  readonly upright?: boolean;
  /**
   * Convert from the picture's own colour profile to sRGB. Off for data sets: the field's tools read the stored
   * numbers, nearly every profile there is sRGB's own, and converting doubles the time. CMYK is always converted.
   * @default false
   */
  readonly colourProfile?: boolean;
}

/**
 * Reads a picture of any format sharp knows as 8-bit RGB.
 *
 * Grey, CMYK, palette and 16-bit pictures are converted; an alpha channel is dropped, not blended, as OpenCV does. Of
 * an animation, the first frame.
 *
 * @throws {Error} Naming the path, if the file is missing, not a picture, or cut short.
 */
export async function readImage(path: string, options: ReadImageOptions = {}): Promise<RgbImage> {
  try {
    const picture = sharp(path, { failOn: "error", ignoreIcc: !options.colourProfile });
    if (options.upright) picture.autoOrient();
    const { data, info } = await picture
      .removeAlpha()
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch (cause) {
    throw new Error(`${path}: expected a readable image, got: ${firstLine(cause)}`, { cause });
  }
}

function firstLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split("\n", 1)[0] ?? message;
}
