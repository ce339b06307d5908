import sharp from "sharp";
import { imagePath } from "../../../datasets/image/image-path.ts";

/** Where the pictures of a data set are. */
export interface PictureFolder {
  readonly folder: string;
  /** The file of each image id, below the folder. */
  readonly fileNames: ReadonlyMap<number, string>;
}

/** A small copy of a picture that a page can hold. */
export interface Thumbnail {
  /** `data:` address of a JPEG. */
  readonly address: string;
  /** Of the picture itself, pixels: what annotations refer to. */
  readonly width: number;
  readonly height: number;
}

const LONGER_SIDE = 640;

/**
 * @returns Nothing where the folder does not name the image.
 * @throws {Error} Naming the path, if the picture cannot be read.
 */
export async function thumbnail(
  { folder, fileNames }: PictureFolder,
  imageId: number,
): Promise<Thumbnail | undefined> {
  const fileName = fileNames.get(imageId);
  if (fileName === undefined) return undefined;
  const path = imagePath(folder, fileName);
  try {
    const picture = sharp(path);
    const { width, height } = await picture.metadata();
    const jpeg = await picture
      .resize({ width: LONGER_SIDE, height: LONGER_SIDE, fit: "inside", withoutEnlargement: true })
      .jpeg({ quality: 72, mozjpeg: true })
      .toBuffer();
    return { address: `data:image/jpeg;base64,${jpeg.toString("base64")}`, width, height };
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
    throw new Error(`${path}: expected a readable image, got: ${reason}`, { cause });
  }
}
