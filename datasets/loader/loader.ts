import { mirroredKeypoints } from "../../eval/skeletons/skeleton.ts";
import { isLowerBody } from "../augment/augment-crop.ts";
import { createCodec, DEFAULT_SIGMA } from "../codecs/codecs.ts";
import { DEFAULT_PADDING, tupleOfBox } from "../crop/crop-geometry.ts";
import { type Batch, BatchMemory, type RowLengths } from "./batch.ts";
import { BatchMaker } from "./batch-maker.ts";
import { epochOrder, workAhead } from "./epoch.ts";
import type { LoaderOptions } from "./loader-options.ts";
import { inlineRows, type RowPool, workerPool } from "./row-pool.ts";
import type { RowSettings } from "./sample-row.ts";

export interface Loader {
  readonly stepsPerEpoch: number;
  /** Path of each image that could not be read, and why. */
  readonly badImages: ReadonlyMap<string, string>;
  /** Memory of the decoded images that are kept, bytes. */
  readonly cachedBytes: number;
  /**
   * The batches of one epoch, from `startStep` on: each is the same as it would be in a whole epoch. One epoch at a
   * time.
   *
   * @throws {Error} If an image cannot be read, with its path; see `skipBadImages`.
   */
  epoch(epoch: number, startStep?: number): AsyncGenerator<Batch, void, undefined>;
  /** Ends the loader's threads; safe to call twice. */
  close(): Promise<void>;
}

/**
 * Turns persons in image files into batches.
 *
 * ```ts
 * const loader = createLoader({ samples, imageDir, skeleton, inputSize: [256, 192], heatmapSize: [64, 48], batchSize: 16 });
 * for await (const { images, heatmaps, weights } of loader.epoch(0)) …
 * await loader.close();
 * ```
 *
 * @throws {RangeError} If an option is out of its bounds, or a file name leads out of the folder.
 */
export function createLoader(options: LoaderOptions): Loader {
  checkLoaderOptions(options);
  const { samples, batchSize, seed = 0, shuffle = false, dropLast = false } = options;
  const { pool, memories } = openPool(options);
  const maker = new BatchMaker(options, pool, memories);
  const stepsPerEpoch = (dropLast ? Math.floor : Math.ceil)(samples.length / batchSize);
  let busy = false;
  let closed = false;
  return {
    stepsPerEpoch,
    badImages: maker.badImages,
    get cachedBytes() {
      return maker.cachedBytes;
    },
    async *epoch(epoch, startStep = 0) {
      if (closed) throw new Error("loader: expected an open loader, got a closed one");
      if (busy) throw new Error("loader: expected one epoch at a time, got a second");
      busy = true;
      try {
        const order = epochOrder(samples.length, shuffle, seed, epoch);
        const make = (step: number, slot: number) => maker.make({ epoch, order }, step, slot);
        yield* workAhead(make, startStep, stepsPerEpoch, memories.length);
      } finally {
        busy = false;
      }
    },
    async close() {
      closed = true;
      await pool.close();
    },
  };
}

/** The threads of a loader, and the memories that they write batches into. */
function openPool(options: LoaderOptions): { pool: RowPool; memories: readonly BatchMemory[] } {
  const { batchSize, workers = 0, prefetch = 2 } = options;
  const settings = rowSettings(options);
  const lengths = rowLengths(options);
  // One for the batch in use, the others for those to come.
  const slots = workers > 0 ? prefetch + 1 : 1;
  const memories = Array.from({ length: slots }, () => new BatchMemory(batchSize, lengths));
  const pool =
    workers > 0
      ? workerPool(workers, settings, memories, { rows: batchSize, lengths })
      : inlineRows(settings, memories);
  return { pool, memories };
}

/** @throws {RangeError} If an option is out of its bounds, or a sample has no box or not the skeleton's keypoints. */
function checkLoaderOptions(options: LoaderOptions): void {
  const { codec, grid } = rowSettings(options);
  createCodec(codec, grid);
  requireWhole("batchSize", options.batchSize, 1);
  requireWhole("workers", options.workers ?? 0, 0);
  requireWhole("prefetch", options.prefetch ?? 2, 1);
  const { samples, skeleton, targets = true, cacheMegabytes = 0 } = options;
  if (!(cacheMegabytes >= 0)) {
    throw new RangeError(`loader: expected cacheMegabytes of 0 MiB or more, got ${cacheMegabytes}`);
  }
  for (const sample of samples) {
    const { imageId, annotationId, box, keypoints } = sample;
    const where = annotationId === 0 ? `image ${imageId}` : `annotation ${annotationId}`;
    if (!(box.width > 0 && box.height > 0 && tupleOfBox(box).every(Number.isFinite))) {
      const got = tupleOfBox(box).join(", ");
      throw new RangeError(`${where}: expected a box of positive width and height, got [${got}]`);
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

function rowSettings(options: LoaderOptions): RowSettings {
  const { inputSize, heatmapSize, sigma = DEFAULT_SIGMA, skeleton } = options;
  return {
    codec: options.codec ?? "gaussian",
    grid: { inputSize, heatmapSize, sigma },
    padding: options.padding ?? DEFAULT_PADDING,
    counterparts: mirroredKeypoints(skeleton),
    lowerBody: isLowerBody(skeleton),
    augmentation: options.augmentation,
  };
}

function rowLengths({ inputSize, heatmapSize, skeleton, targets = true }: LoaderOptions): RowLengths {
  const numKeypoints = skeleton.keypoints.length;
  return {
    image: inputSize[0] * inputSize[1] * 3,
    heatmaps: targets ? heatmapSize[0] * heatmapSize[1] * numKeypoints : 0,
    weights: targets ? numKeypoints : 0,
  };
}
