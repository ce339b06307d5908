import type { Skeleton } from "../../eval/skeleton.ts";
import type { Augmentation } from "../augment/augmentation.ts";
import { isLowerBody } from "../augment/body-halves.ts";
import { DEFAULT_SIGMA } from "../codecs/heatmap-codec.ts";
import { type CropGeometry, DEFAULT_PADDING, type InputSize } from "../crop/crop-geometry.ts";
import type { Batch } from "./batch.ts";
import { BatchMemory } from "./batch-memory.ts";
import { imagePath } from "./image-path.ts";
import { InlineFiller, type RowFiller } from "./inline-filler.ts";
import type { PersonSample } from "./person-sample.ts";
import { sampleOrder } from "./sample-order.ts";
import type { RenderSettings } from "./sample-renderer.ts";

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

export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
export const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

export interface Loader {
  readonly stepsPerEpoch: number;
  /** Path of each image that could not be read, and why. */
  readonly badImages: ReadonlyMap<string, string>;
  /**
   * The batches of one epoch, from `startStep` on: each is the same as it would be in a whole epoch. One epoch at a
   * time.
   */
  epoch(epoch: number, startStep?: number): AsyncGenerator<Batch, void, undefined>;
  /** Ends the loader's threads; safe to call twice. */
  close(): Promise<void>;
}

export function createLoader(options: LoaderOptions): Loader {
  checkOptions(options);
  const { samples, batchSize, targets = true, seed = 0, shuffle = false, skipBadImages = false } = options;
  const paths = samples.map(({ fileName }) => imagePath(options.imageDir, fileName));
  const settings = renderSettings(options);
  const memory = new BatchMemory(batchSize, rowLengths(options));
  const filler: RowFiller = new InlineFiller(settings);
  const badImages = new Map<string, string>();
  const count = samples.length;
  const stepsPerEpoch = options.dropLast ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
  let busy = false;

  /** Fills one row with the sample at a position of the order, or with the first readable one after it. */
  async function fillRow(order: Uint32Array, epoch: number, position: number, row: number) {
    const attempts = skipBadImages && targets ? count : 1;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const index = order[(position + attempt) % count] as number;
      const path = paths[index] as string;
      if (badImages.has(path)) continue;
      const sample = samples[index] as PersonSample;
      const result = await filler.fill(path, sample, [seed, epoch, position], memory.row(row));
      if ("crop" in result) return { sample, crop: result.crop };
      if (!skipBadImages) throw result.error;
      badImages.set(path, result.error.message);
    }
    return undefined;
  }

  async function makeBatch(order: Uint32Array, epoch: number, step: number): Promise<Batch> {
    const started = performance.now();
    const filled: { sample: PersonSample; crop: CropGeometry }[] = [];
    const end = Math.min(count, (step + 1) * batchSize);
    for (let position = step * batchSize; position < end; position += 1) {
      const row = await fillRow(order, epoch, position, filled.length);
      if (row) filled.push(row);
      else if (targets)
        throw new Error(`loader: expected a readable image, got ${badImages.size} that are not`);
    }
    return {
      step,
      size: filled.length,
      ...memory.head(filled.length),
      crops: filled.map(({ crop }) => crop),
      imageIds: filled.map(({ sample }) => sample.imageId),
      annotationIds: filled.map(({ sample }) => sample.annotationId),
      boxes: filled.map(({ sample }) => sample.box),
      waitedMs: performance.now() - started,
    };
  }

  return {
    stepsPerEpoch,
    badImages,
    async *epoch(epoch, startStep = 0) {
      if (busy) throw new Error("loader: expected one epoch at a time, got a second");
      busy = true;
      try {
        const order = shuffle
          ? sampleOrder(count, seed, epoch)
          : Uint32Array.from({ length: count }, (_, index) => index);
        for (let step = startStep; step < stepsPerEpoch; step += 1) yield await makeBatch(order, epoch, step);
      } finally {
        busy = false;
      }
    },
    async close() {},
  };
}

function checkOptions({ samples, batchSize, skeleton, targets = true }: LoaderOptions): void {
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`loader: expected a whole batchSize above 0, got ${batchSize}`);
  }
  const expected = targets ? 3 * skeleton.keypoints.length : 0;
  const wrong = targets ? samples.find(({ keypoints }) => keypoints.length !== expected) : undefined;
  if (wrong) {
    const got = wrong.keypoints.length;
    throw new RangeError(
      `annotation ${wrong.annotationId}: expected ${expected} keypoint numbers, got ${got}`,
    );
  }
}

function renderSettings(options: LoaderOptions): RenderSettings {
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

function rowLengths({ inputSize, heatmapSize, skeleton, targets = true }: LoaderOptions) {
  const numKeypoints = skeleton.keypoints.length;
  return {
    image: inputSize[0] * inputSize[1] * 3,
    heatmaps: targets ? heatmapSize[0] * heatmapSize[1] * numKeypoints : 0,
    weights: targets ? numKeypoints : 0,
  };
}
