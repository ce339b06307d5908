import sharp from "sharp";
import { jitterColour, type SampleKey } from "../augment/augment-crop.ts";
import type { InputSize } from "../crop/crop-geometry.ts";
import { normalise } from "../image/normalise.ts";
import { unreadable } from "../image/read-image.ts";
import { epochOrder, PlaceFiller, type Unreadable, workAhead } from "../loader/epoch.ts";
import type { ClassSample } from "./class-folders.ts";
import { type ClassAugmentation, centredView, randomView, viewColourRandom } from "./random-view.ts";

export interface ClassLoaderOptions {
  readonly samples: readonly ClassSample[];
  readonly inputSize: InputSize;
  readonly batchSize: number;
  /** How views vary; without, the middle of each image. */
  readonly augmentation?: ClassAugmentation | undefined;
  /** Whether each epoch has its own order. @default false */
  readonly shuffle?: boolean;
  /** Order and views follow from it, the epoch and the position alone. @default 0 */
  readonly seed?: number;
  /**
   * Go on past images that cannot be read, and list them in `badImages`. In a shuffled epoch another image takes the
   * place; in file order, the image is left out of its batch.
   * @default false
   */
  readonly skipBadImages?: boolean;
}

export interface ClassBatch {
  readonly size: number;
  /** [B, H, W, 3], normalised by ImageNet's mean and deviation. */
  readonly images: Float32Array;
  /** [B] */
  readonly labels: readonly number[];
  /** Index of each image in `samples`. */
  readonly indices: readonly number[];
  /** Milliseconds that the caller waited for the batch. */
  readonly waitedMs: number;
}

export interface ClassLoader {
  readonly stepsPerEpoch: number;
  /** Path of each image that could not be read, and why. */
  readonly badImages: ReadonlyMap<string, string>;
  /** The batches of one epoch, from `startStep` on: each is the same as it would be in a whole epoch. */
  epoch(epoch: number, startStep?: number): AsyncGenerator<ClassBatch, void, undefined>;
}

/** Side of the middle region that is scored, as a share of the largest one: torchvision's 224 of 256. */
const CENTRE_SHARE = 224 / 256;

/** Batches in memory: the one in use, and two in progress. */
const SLOTS = 3;

/**
 * Turns images of classes into batches. Decoding and resizing run in sharp's threads while the caller computes.
 *
 * @throws {Error} (from `epoch`) If an image cannot be read, with its path.
 */
export function createClassLoader(options: ClassLoaderOptions): ClassLoader {
  const { samples, batchSize, seed = 0, shuffle = false, skipBadImages = false } = options;
  const stepsPerEpoch = Math.ceil(samples.length / batchSize);
  const places = new PlaceFiller({
    where: "class loader",
    paths: samples.map(({ path }) => path),
    skip: skipBadImages,
    replace: shuffle,
  });

  async function makeBatch(order: Uint32Array, epoch: number, step: number) {
    const first = step * batchSize;
    const count = Math.min(batchSize, samples.length - first);
    const filled = await places.fill(order, first, count, (tries) =>
      Promise.all(
        tries.map(({ index, position }) =>
          readView((samples[index] as ClassSample).path, options, [seed, epoch, position]),
        ),
      ),
    );
    const views = filled.filter((view) => view !== undefined);
    const length = views[0]?.result.pixels.length ?? 0;
    const images = new Float32Array(views.length * length);
    for (const [row, { result }] of views.entries()) {
      normalise(result.pixels, images.subarray(row * length, (row + 1) * length));
    }
    const indices = views.map(({ index }) => index);
    const labels = indices.map((index) => (samples[index] as ClassSample).label);
    return { size: views.length, images, labels, indices };
  }

  return {
    stepsPerEpoch,
    badImages: places.badImages,
    async *epoch(epoch, startStep = 0) {
      const order = epochOrder(samples.length, shuffle, seed, epoch);
      yield* workAhead((step) => makeBatch(order, epoch, step), startStep, stepsPerEpoch, SLOTS);
    },
  };
}

/** Reads the part of an image that a sample shows: pixels [H, W, 3], or why they cannot be read. */
async function readView(
  path: string,
  { inputSize, augmentation }: ClassLoaderOptions,
  key: SampleKey,
): Promise<{ readonly pixels: Uint8Array } | Unreadable> {
  const [height, width] = inputSize;
  try {
    const picture = sharp(path, { failOn: "error", ignoreIcc: true });
    const size = await picture.metadata();
    const { mirrored, ...region } = augmentation
      ? randomView(size, augmentation, key)
      : centredView(size, width / height, CENTRE_SHARE);
    const shown = picture
      .extract(region)
      .resize(width, height, { fit: "fill", kernel: "linear" })
      .flop(mirrored)
      .removeAlpha()
      .toColourspace("srgb");
    const { buffer, byteOffset, byteLength } = await shown.raw({ depth: "uchar" }).toBuffer();
    const pixels = new Uint8Array(buffer, byteOffset, byteLength);
    if (augmentation) jitterColour(pixels, augmentation, viewColourRandom(key));
    return { pixels };
  } catch (cause) {
    return { unreadable: unreadable(path, cause).message };
  }
}
