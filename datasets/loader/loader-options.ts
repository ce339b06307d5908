import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { isLowerBody } from "../augment/augment-crop.ts";
import type { Augmentation } from "../augment/augmentation.ts";
import { createCodec } from "../codecs/codecs.ts";
import { DEFAULT_SIGMA } from "../codecs/heatmap-codec.ts";
import { DEFAULT_PADDING, type InputSize } from "../crop/crop-geometry.ts";
import { IMAGENET_MEAN, IMAGENET_STD } from "../image/normalise.ts";
import type { RowLengths } from "./batch.ts";
import type { PersonSample } from "./person-sample.ts";
import type { RenderSettings } from "./sample-row.ts";

export interface LoaderOptions {
  readonly samples: readonly PersonSample[];
  /** Folder that the samples' file names are relative to. */
  readonly imageDir: string;
  readonly skeleton: Skeleton;
  readonly inputSize: InputSize;
  readonly heatmapSize: InputSize;
  readonly batchSize: number;
  /** Name of a codec. @default "gaussian" */
  readonly codec?: string;
  /** Standard deviation of the Gaussians, cells. @default 2 */
  readonly sigma?: number;
  /** How much larger than its box a crop is. @default 1.25 */
  readonly padding?: number;
  /** Whether batches carry heatmaps and weights to learn. @default true */
  readonly targets?: boolean;
  /** How crops vary; none unless given. */
  readonly augmentation?: Augmentation | undefined;
  /** Whether each epoch has its own order. @default false */
  readonly shuffle?: boolean;
  /** Leave out a last batch that is not full. @default false */
  readonly dropLast?: boolean;
  /** Order and augmentation follow from it, the epoch and the position alone. @default 0 */
  readonly seed?: number;
  /**
   * Threads that decode, crop and encode; 0 does it all in the calling thread. Batches are the same. The decoding itself
   * runs in Node's thread pool: for more than 4 to decode at once, start with UV_THREADPOOL_SIZE set.
   * @default 0
   */
  readonly workers?: number;
  /** Batches that the threads work ahead. @default 2 */
  readonly prefetch?: number;
  /** Most memory for decoded images, MiB: those read first are kept. @default 0 */
  readonly cacheMegabytes?: number;
  /**
   * Go on past images that cannot be read, counting them in `badImages`. With targets, the next sample takes the place,
   * so that batches stay full; without, the sample is left out of its batch.
   * @default false
   */
  readonly skipBadImages?: boolean;
  /** Mean of R, G, B in [0, 1]. @default ImageNet's */
  readonly mean?: readonly [number, number, number];
  /** Standard deviation of R, G, B. @default ImageNet's */
  readonly std?: readonly [number, number, number];
}

/** @throws {RangeError} If an option is out of its bounds, or a sample has no box or not the skeleton's keypoints. */
export function checkLoaderOptions(options: LoaderOptions): void {
  const { codec, grid } = renderSettings(options);
  createCodec(codec, grid);
  requireWhole("batchSize", options.batchSize, 1);
  requireWhole("workers", options.workers ?? 0, 0);
  requireWhole("prefetch", options.prefetch ?? 1, 1);
  const { samples, skeleton, targets = true, cacheMegabytes = 0 } = options;
  if (!(cacheMegabytes >= 0)) {
    throw new RangeError(`loader: expected cacheMegabytes of 0 MiB or more, got ${cacheMegabytes}`);
  }
  for (const sample of samples) {
    const { imageId, annotationId, box, keypoints } = sample;
    const where = annotationId === 0 ? `image ${imageId}` : `annotation ${annotationId}`;
    if (!(box[2] > 0 && box[3] > 0 && box.every(Number.isFinite))) {
      throw new RangeError(`${where}: expected a box of positive width and height, got [${box.join(", ")}]`);
    }
    if (targets && keypoints.length !== 3 * skeleton.keypoints.length) {
      const expected = 3 * skeleton.keypoints.length;
      throw new RangeError(`${where}: expected ${expected} keypoint numbers, got ${keypoints.length}`);
    }
  }
}

function requireWhole(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new RangeError(`loader: expected a whole ${name} of ${min} or more, got ${value}`);
}

export function renderSettings(options: LoaderOptions): RenderSettings {
  const { inputSize, heatmapSize, sigma = DEFAULT_SIGMA, skeleton } = options;
  return {
    codec: options.codec ?? "gaussian",
    grid: { inputSize, heatmapSize, sigma },
    padding: options.padding ?? DEFAULT_PADDING,
    mean: options.mean ?? IMAGENET_MEAN,
    std: options.std ?? IMAGENET_STD,
    flipPairs: skeleton.flipPairs,
    lowerBody: isLowerBody(skeleton),
    augmentation: options.augmentation,
  };
}

export function rowLengths({ inputSize, heatmapSize, skeleton, targets = true }: LoaderOptions): RowLengths {
  const numKeypoints = skeleton.keypoints.length;
  return {
    image: inputSize[0] * inputSize[1] * 3,
    heatmaps: targets ? heatmapSize[0] * heatmapSize[1] * numKeypoints : 0,
    weights: targets ? numKeypoints : 0,
  };
}
