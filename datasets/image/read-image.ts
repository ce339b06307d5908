import sharp, { type Sharp } from "sharp";
import type { PixelRegion, RgbImage } from "./rgb-image.ts";

interface ReadImageOptions {
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
  const picture = sharp(path, { failOn: "error", ignoreIcc: !options.colourProfile });
  return decode(path, options.upright ? picture.autoOrient() : picture);
}

/**
 * Reads a part of a picture, as stored. The numbers are those of {@link readImage}; what lies below the part is not
 * decoded, so that damage there goes unseen.
 *
 * @throws {Error} Naming the path, if the part cannot be read or does not lie in the picture.
 */
export async function readRegion(path: string, region: PixelRegion): Promise<RgbImage> {
  const { left, top, width, height } = region;
  const picture = sharp(path, { failOn: "error", ignoreIcc: true }).extract({ left, top, width, height });
  return { ...(await decode(path, picture)), left, top };
}

/**
 * Width and height of a picture as stored, from its header.
 *
 * @throws {Error} Naming the path, if the file is missing or not a picture.
 */
export async function readImageSize(path: string): Promise<Pick<RgbImage, "width" | "height">> {
  try {
    const { width, height } = await sharp(path).metadata();
    return { width, height };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function decode(path: string, picture: Sharp): Promise<RgbImage> {
  try {
    const { data, info } = await picture
      .removeAlpha()
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    // A plain Uint8Array in place of sharp's Buffer: tight loops over one kind of array compile better.
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { width: info.width, height: info.height, data: bytes };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Of sharp's messages only the first line is for people. */
export function unreadable(path: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  const [reason] = message.split("\n", 1);
  return new Error(`${path}: expected a readable image, got: ${reason}`, { cause });
}
