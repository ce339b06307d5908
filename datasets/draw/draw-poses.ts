import sharp from "sharp";
import type { Skeleton } from "../../eval/skeleton.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import { type DrawablePose, poseSvg } from "./pose-svg.ts";

export interface DrawOptions {
  /** Keypoints that score less are not drawn. @default 0.2 */
  readonly minScore?: number;
  /** JPEG quality, 1 to 100. @default 92 */
  readonly quality?: number;
}

/**
 * Draws skeletons and boxes onto a copy of an image.
 *
 * @returns A JPEG file's bytes.
 */
export async function drawPoses(
  image: RgbImage,
  poses: readonly DrawablePose[],
  skeleton: Skeleton,
  options: DrawOptions = {},
): Promise<Buffer> {
  const { minScore = 0.2, quality = 92 } = options;
  const { width, height, data } = image;
  const overlay = Buffer.from(poseSvg(poses, skeleton, [height, width], minScore));
  return sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: overlay }])
    .jpeg({ quality, chromaSubsampling: "4:4:4" })
    .toBuffer();
}
