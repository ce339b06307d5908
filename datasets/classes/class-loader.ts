import sharp from "sharp";
import { jitterColour, type SampleKey } from "../augment/augment-crop.ts";
import type { InputSize } from "../crop/crop-geometry.ts";
import { IMAGENET_MEAN, IMAGENET_STD, normaliser } from "../image/normalise.ts";
import { fileOrder, sampleOrder } from "../loader/epoch.ts";
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
   * Go on past images that cannot be read, counting them in `badImages`: another image takes the place in a shuffled
   * epoch; in order, the batch goes without.
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
  /** Milliseconds that whoever asked for the batch waited for it. */
  readonly waitedMs: number;
}

export interface ClassLoader {
  readonly stepsPerEpoch: number;
  /** Path of each image that could not be read, and why. */
  readonly badImages: ReadonlyMap<string, string>;
  /** The batches of one epoch, from `startStep` on: each is the same as it would be in a whole epoch. */
  epoch(epoch: number, startStep?: number): AsyncGenerator<ClassBatch, void, undefined>;
}

/** Side of the middle that is scored, of the largest there is: torchvision's 224 of 256. */
const CENTRE_SHARE = 224 / 256;

/** Batches in work beside the one in use. */
const AHEAD = 2;

/**
 * Turns images of classes into batches. Decoding and resizing run in sharp's threads while the caller computes.
 *
 * @throws {Error} (from `epoch`) If an image cannot be read, with its path.
 */
export function createClassLoader(options: ClassLoaderOptions): ClassLoader {
  const { samples, batchSize, seed = 0, shuffle = false } = options;
  const stepsPerEpoch = Math.ceil(samples.length / batchSize);
  const badImages = new Map<string, string>();
  const readView = viewReader(options, badImages);

  async function makeBatch(order: Uint32Array, epoch: number, step: number) {
    const positions = Array.from(
      { length: Math.min(batchSize, samples.length - step * batchSize) },
      (_, row) => step * batchSize + row,
    );
    const read = await Promise.all(positions.map((position) => readView(order, [seed, epoch, position])));
    const views = read.filter((view) => view !== undefined);
    const length = views[0]?.pixels.length ?? 0;
    const images = new Float32Array(views.length * length);
    for (const [row, { pixels }] of views.entries()) {
      normalise(pixels, images.subarray(row * length, (row + 1) * length));
    }
    const indices = views.map(({ index }) => index);
    const labels = indices.map((index) => (samples[index] as ClassSample).label);
    return { size: views.length, images, labels, indices };
  }

  return {
    stepsPerEpoch,
    badImages,
    async *epoch(epoch, startStep = 0) {
      const order = shuffle ? sampleOrder(samples.length, seed, epoch) : fileOrder(samples.length);
      const started: ReturnType<typeof makeBatch>[] = [];
      let next = startStep;
      for (let step = startStep; step < stepsPerEpoch; step += 1) {
        const asked = performance.now();
        for (; next < Math.min(stepsPerEpoch, step + 1 + AHEAD); next += 1) {
          const batch = makeBatch(order, epoch, next);
          // It is awaited later; until then its failure is nobody's.
          batch.catch(() => {});
          started.push(batch);
        }
        const batch = await (started.shift() as ReturnType<typeof makeBatch>);
        if (batch.size > 0) yield { ...batch, waitedMs: performance.now() - asked };
      }
    },
  };
}

const normalise = normaliser({ mean: IMAGENET_MEAN, std: IMAGENET_STD });

interface PixelView {
  /** Of the sample. */
  readonly index: number;
  /** [H, W, 3] */
  readonly pixels: Uint8Array;
}

function viewReader(options: ClassLoaderOptions, badImages: Map<string, string>) {
  const { samples, shuffle = false, skipBadImages = false } = options;
  const places = shuffle ? samples.length : 1;
  return async (order: Uint32Array, key: SampleKey): Promise<PixelView | undefined> => {
    for (let further = 0; further < places; further += 1) {
      const index = order[(key[2] + further) % samples.length] as number;
      const { path } = samples[index] as ClassSample;
      if (badImages.has(path)) continue;
      try {
        return { index, pixels: await drawView(path, options, key) };
      } catch (error) {
        if (!skipBadImages) throw error;
        badImages.set(path, (error as Error).message);
      }
    }
    if (!shuffle) return undefined;
    throw new Error(`class loader: expected a readable image among ${samples.length}, got none`);
  };
}

async function drawView(
  path: string,
  { inputSize, augmentation }: ClassLoaderOptions,
  key: SampleKey,
): Promise<Uint8Array> {
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
    return pixels;
  } catch (cause) {
    const [reason] = (cause as Error).message.split("\n");
    throw new Error(`${path}: expected a readable image, got: ${reason}`, { cause });
  }
}
