import sharp from "sharp";
import type { Skeleton } from "../../eval/skeleton.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import { type DrawablePose, poseSvg } from "./pose-svg.ts";

export interface DrawOptions {
  /** Keypoints that score less are not drawn. @default 0.2 */
  readonly minScore?: number;
  /** JPEG quality, 1 to 100. @default 92 */
  readonly quality?: number;
  /** @default "jpeg" */
  readonly format?: "jpeg" | "png";
}

/**
 * Draws skeletons, boxes and scores onto a copy of an image.
 *
 * @returns The bytes of a JPEG or PNG file.
 */
export async function drawPoses(
  image: RgbImage,
  poses: readonly DrawablePose[],
  skeleton: Skeleton,
  options: DrawOptions = {},
): Promise<Buffer> {
  const { minScore = 0.2, quality = 92, format = "jpeg" } = options;
  const { width, height, data } = image;
  const overlay = Buffer.from(poseSvg(poses, skeleton, [height, width], minScore));
  const drawn = sharp(data, { raw: { width, height, channels: 3 } }).composite([{ input: overlay }]);
  return format === "png"
    ? drawn.png().toBuffer()
    : drawn.jpeg({ quality, chromaSubsampling: "4:4:4" }).toBuffer();
}
