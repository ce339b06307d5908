// One sample, from a labelled person and the path of the picture to a row of a batch: createRowFiller shows the stages.
import { augmentCrop, colourRandom, jitterColour, type SampleKey } from "../augment/augment-crop.ts";
import type { Augmentation } from "../augment/augmentation.ts";
import { createCodec } from "../codecs/codecs.ts";
import type { HeatmapCodec, HeatmapGrid } from "../codecs/heatmap-codec.ts";
import { type Affine, invertAffine } from "../crop/affine.ts";
import {
  type Box,
  type CropGeometry,
  cropOfBox,
  cropToImage,
  DEFAULT_PADDING,
  type InputSize,
  keypointsInCrop,
} from "../crop/crop-geometry.ts";
import { cropRegion, warpAffine } from "../crop/warp-affine.ts";
import { normalise } from "../image/normalise.ts";
import { readImage, readRegion } from "../image/read-image.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import type { BatchMemory, SampleRow } from "./batch.ts";
import type { Unreadable } from "./epoch.ts";
import type { PersonSample } from "./person-sample.ts";

/** How a person is cut out of an image. */
export interface CropSettings {
  readonly grid: Pick<HeatmapGrid, "inputSize">;
  /** How much larger than its box a crop is. */
  readonly padding: number;
  /** Whether each keypoint belongs to the lower half of the body. */
  readonly lowerBody: readonly boolean[];
  /** How crops vary; undefined leaves them as they are. */
  readonly augmentation: Augmentation | undefined;
}

/** What turns persons into rows; plain data, so that it reaches any thread. */
export interface RowSettings extends CropSettings {
  readonly codec: string;
  readonly grid: HeatmapGrid;
  /** For each keypoint its left/right counterpart, or itself. */
  readonly counterparts: readonly number[];
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

/** The region that a row shows and the picture's size, or why the picture could not be read. */
export type RowResult =
  | { readonly crop: CropGeometry; readonly imageSize: InputSize; readonly decoded?: SharedImage }
  | Unreadable;

type RowFiller = (job: RowJob, row: SampleRow) => Promise<RowResult>;

/** Makes the function that fills a row. */
export function createRowFiller(settings: RowSettings): RowFiller {
  const codec = createCodec(settings.codec, settings.grid);
  const { inputSize } = settings.grid;
  const pixels = new Uint8Array(inputSize[0] * inputSize[1] * 3);

  return async (job, row) => {
    // 1. The crop: the region around the person's box, varied.
    const crop = sampleCrop(job, settings, job.key);
    const toImage = cropToImage(crop, inputSize, codec.convention);

    // 2. The picture, or the part of it that the crop shows.
    let image: RgbImage;
    try {
      image = await findImage(job, toImage, inputSize);
    } catch (error) {
      return { unreadable: (error as Error).message };
    }

    // 3. The image: the crop's pixels, their colours varied, then normalised.
    samplePixels(image, toImage, settings, job.key, pixels);
    normalise(pixels, row.image);

    // 4. The target: the keypoints in crop pixels, as heatmaps and weights.
    if (row.heatmaps.length > 0) {
      const points = keypointsInCrop(job.keypoints, invertAffine(toImage), crop, settings.counterparts);
      codec.encode(points, row.heatmaps, row.weights);
    }

    const imageSize = job.imageSize ?? [image.height, image.width];
    const isWhole = image.left === undefined && !job.kept;
    return { crop, imageSize, ...(job.keep && isWhole ? { decoded: share(image) } : {}) };
  };
}

/** Fills rows of a batch, one after another. */
export async function fillRows(
  fill: RowFiller,
  memory: BatchMemory,
  jobs: readonly RowJob[],
): Promise<RowResult[]> {
  const results: RowResult[] = [];
  for (const job of jobs) results.push(await fill(job, memory.row(job.row)));
  return results;
}

/** The region around a person's box, varied if the settings say so. */
export function sampleCrop(
  { box, keypoints }: Pick<PersonSample, "box" | "keypoints">,
  { grid, augmentation, lowerBody, padding }: CropSettings,
  key: SampleKey,
): CropGeometry {
  const plain = cropOfBox(box, grid.inputSize, padding);
  return augmentation ? augmentCrop(plain, keypoints, lowerBody, grid.inputSize, augmentation, key) : plain;
}

/** Samples an image where a crop's pixels are, and varies their colours if the settings say so. */
export function samplePixels(
  image: RgbImage,
  toImage: Affine,
  { grid, augmentation }: CropSettings,
  key: SampleKey,
  pixels?: Uint8Array,
): Uint8Array {
  const sampled = warpAffine(image, toImage, grid.inputSize, pixels);
  if (augmentation) jitterColour(sampled, augmentation, colourRandom(key));
  return sampled;
}

/** Crops as a network takes them. */
interface BoxCrops {
  /** `[B, H, W, 3]`, normalised. */
  readonly images: Float32Array;
  /** Where each crop lies in the image. */
  readonly crops: readonly CropGeometry[];
}

/** Cuts boxes out of an image, as {@link createRowFiller} does for a loader without augmentation or targets. */
export function cropBoxes(
  image: RgbImage,
  boxes: readonly Box[],
  network: {
    readonly codec: Pick<HeatmapCodec, "grid" | "convention">;
    readonly padding?: number | undefined;
  },
): BoxCrops {
  const { codec, padding = DEFAULT_PADDING } = network;
  const { inputSize } = codec.grid;
  const length = inputSize[0] * inputSize[1] * 3;
  const pixels = new Uint8Array(length);
  const images = new Float32Array(boxes.length * length);
  const crops = boxes.map((box, i) => {
    const crop = cropOfBox(box, inputSize, padding);
    warpAffine(image, cropToImage(crop, inputSize, codec.convention), inputSize, pixels);
    normalise(pixels, images.subarray(i * length, (i + 1) * length));
    return crop;
  });
  return { images, crops };
}

/** A decoded picture that every thread sees. */
export interface SharedImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: SharedArrayBuffer;
}

/**
 * The first time a picture is read whole, which proves it sound and tells its size; after that, only what the crop
 * shows.
 */
async function findImage(
  { path, kept, keep, imageSize }: RowJob,
  toImage: Affine,
  inputSize: InputSize,
): Promise<RgbImage> {
  if (kept) return { width: kept.width, height: kept.height, data: new Uint8Array(kept.pixels) };
  if (!imageSize || keep) return readImage(path);
  return readRegion(path, cropRegion(toImage, inputSize, imageSize));
}

function share({ width, height, data }: RgbImage): SharedImage {
  const pixels = new SharedArrayBuffer(data.length);
  new Uint8Array(pixels).set(data);
  return { width, height, pixels };
}
