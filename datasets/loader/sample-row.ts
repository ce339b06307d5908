import { augmentCrop, colourRandom, jitterColour, type SampleKey } from "../augment/augment-crop.ts";
import type { Augmentation } from "../augment/augmentation.ts";
import { createCodec } from "../codecs/codecs.ts";
import type { HeatmapGrid } from "../codecs/heatmap-codec.ts";
import { invertAffine } from "../crop/affine.ts";
import {
  type CropGeometry,
  cropOfBox,
  cropToImage,
  type InputSize,
  keypointsInCrop,
} from "../crop/crop-geometry.ts";
import { cropRegion, warpAffine } from "../crop/warp-affine.ts";
import { type ChannelStatistics, normaliser } from "../image/normalise.ts";
import { readImage, readRegion } from "../image/read-image.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import type { PersonSample } from "./person-sample.ts";

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

/** Everything that turns a person and an image into a row of a batch; plain data, so that it reaches any thread. */
export interface RenderSettings extends ChannelStatistics {
  readonly codec: string;
  readonly grid: HeatmapGrid;
  readonly padding: number;
  /** Pairs of keypoints that swap when mirrored. */
  readonly flipPairs: readonly (readonly [number, number])[];
  readonly lowerBody: readonly boolean[];
  readonly augmentation: Augmentation | undefined;
}

/** Where one row of a batch goes. */
export interface SampleRow {
  /** [H, W, 3]. */
  readonly image: Float32Array;
  /** [h, w, K], or empty when no targets are wanted. */
  readonly heatmaps: Float32Array;
  /** [K], or empty. */
  readonly weights: Float32Array;
}

type Person = Pick<PersonSample, "box" | "keypoints">;

/** @param crop The region, if it is known already: {@link sampleCrop}'s. */
export type SampleRenderer = (
  image: RgbImage,
  sample: Person,
  key: SampleKey,
  row: SampleRow,
  crop?: CropGeometry,
) => CropGeometry;

/** The region of its image that a sample shows, augmented if the settings say so. */
export function sampleCrop(
  settings: RenderSettings,
  { box, keypoints }: Person,
  key: SampleKey,
): CropGeometry {
  const { grid, augmentation, lowerBody, padding } = settings;
  const plain = cropOfBox(box, grid.inputSize, padding);
  return augmentation ? augmentCrop(plain, keypoints, lowerBody, grid.inputSize, augmentation, key) : plain;
}

/** Makes the function that crops, augments, normalises and encodes; it keeps scratch memory and is not re-entrant. */
export function createSampleRenderer(settings: RenderSettings): SampleRenderer {
  const { grid, augmentation } = settings;
  const codec = createCodec(settings.codec, grid);
  const pixels = new Uint8Array(grid.inputSize[0] * grid.inputSize[1] * 3);
  const normalise = normaliser(settings);
  return (image, sample, key, row, crop = sampleCrop(settings, sample, key)) => {
    const map = cropToImage(crop, grid.inputSize, codec.convention);
    warpAffine(image, map, grid.inputSize, pixels);
    if (augmentation) jitterColour(pixels, augmentation, colourRandom(key));
    normalise(pixels, row.image);
    if (row.heatmaps.length > 0) {
      const points = keypointsInCrop(
        sample.keypoints,
        invertAffine(map),
        crop.mirrored ? settings.flipPairs : [],
      );
      codec.encode(points, row.heatmaps, row.weights);
    }
    return crop;
  };
}
