import type { SampleKey } from "../augment/augment-crop.ts";
import { createCodec } from "../codecs/codecs.ts";
import { type CropGeometry, cropToImage, type InputSize } from "../crop/crop-geometry.ts";
import { cropRegion } from "../crop/crop-region.ts";
import { readImage, readRegion } from "../image/read-image.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import type { PersonSample } from "./person-sample.ts";
import { createSampleRenderer, type RenderSettings, type SampleRow, sampleCrop } from "./sample-renderer.ts";

/** A decoded picture that every thread sees. */
export interface SharedImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: SharedArrayBuffer;
}

/** One row of a batch to make; plain data, so that it reaches any thread. */
export interface RowJob extends Pick<PersonSample, "box" | "keypoints"> {
  readonly path: string;
  readonly key: SampleKey;
  /** Which row of the batch. */
  readonly row: number;
  /** The picture, if it has been decoded and kept. */
  readonly kept?: SharedImage | undefined;
  /** Whether to return the picture for keeping. */
  readonly keep: boolean;
  /** [height, width] of the picture, if it has been read before. */
  readonly imageSize?: InputSize | undefined;
}

/** What became of a row: the region it shows and the picture's size, or why the picture could not be read. */
export type RowResult =
  | { readonly crop: CropGeometry; readonly imageSize: InputSize; readonly decoded?: SharedImage }
  | { readonly unreadable: string };

export type RowFiller = (job: RowJob, row: SampleRow) => Promise<RowResult>;

/** Makes the function that does a job: finds or reads its picture, and draws the row. */
export function createRowFiller(settings: RenderSettings): RowFiller {
  const render = createSampleRenderer(settings);
  const { convention, grid } = createCodec(settings.codec, settings.grid);
  return async (job, row) => {
    const crop = sampleCrop(settings, job, job.key);
    const map = cropToImage(crop, grid.inputSize, convention);
    let image: RgbImage;
    try {
      image = await findImage(job, (size) => cropRegion(map, grid.inputSize, size));
    } catch (error) {
      return { unreadable: (error as Error).message };
    }
    render(image, job, job.key, row, crop);
    const imageSize = job.imageSize ?? [image.height, image.width];
    const isWhole = image.left === undefined && !job.kept;
    return { crop, imageSize, ...(job.keep && isWhole ? { decoded: share(image) } : {}) };
  };
}

/**
 * The first time a picture is read whole, which proves it sound and tells its size; after that, only what the crop
 * shows.
 */
async function findImage(
  { path, kept, keep, imageSize }: RowJob,
  regionOf: (size: InputSize) => ReturnType<typeof cropRegion>,
): Promise<RgbImage> {
  if (kept) return { width: kept.width, height: kept.height, data: new Uint8Array(kept.pixels) };
  return imageSize && !keep ? readRegion(path, regionOf(imageSize)) : readImage(path);
}

function share({ width, height, data }: RgbImage): SharedImage {
  const pixels = new SharedArrayBuffer(data.length);
  new Uint8Array(pixels).set(data);
  return { width, height, pixels };
}
