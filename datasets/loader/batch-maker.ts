import type { CropGeometry, InputSize } from "../crop/crop-geometry.ts";
import { imagePath } from "../image/image-path.ts";
import type { Batch, BatchMemory } from "./batch.ts";
import { type Place, PlaceFiller } from "./epoch.ts";
import type { LoaderOptions } from "./loader-options.ts";
import type { PersonSample } from "./person-sample.ts";
import type { RowPool } from "./row-pool.ts";
import type { RowJob, RowResult, SharedImage } from "./sample-row.ts";

/** Samples in the order that an epoch visits them. */
interface EpochOrder {
  readonly epoch: number;
  readonly order: Uint32Array;
}

interface FilledRow {
  readonly sample: PersonSample;
  readonly crop: CropGeometry;
}

/** Makes batches: gives their rows to the pool, and remembers what it learns of the images. */
export class BatchMaker {
  readonly #options: LoaderOptions;
  readonly #pool: RowPool;
  readonly #memories: readonly BatchMemory[];
  readonly #paths: readonly string[];
  readonly #places: PlaceFiller;
  readonly #imageSizes = new Map<string, InputSize>();
  readonly #cache: ImageCache;

  constructor(options: LoaderOptions, pool: RowPool, memories: readonly BatchMemory[]) {
    const { samples, imageDir, skipBadImages = false, targets = true, cacheMegabytes = 0 } = options;
    this.#options = options;
    this.#pool = pool;
    this.#memories = memories;
    this.#paths = samples.map(({ fileName }) => imagePath(imageDir, fileName));
    // Without targets the loader serves inference, which may find no person twice.
    this.#places = new PlaceFiller({
      where: "loader",
      paths: this.#paths,
      skip: skipBadImages,
      replace: targets,
    });
    this.#cache = new ImageCache(cacheMegabytes);
  }

  /** Path of each image that could not be read, and why. */
  get badImages(): ReadonlyMap<string, string> {
    return this.#places.badImages;
  }

  /** Memory of the decoded images that are kept, bytes. */
  get cachedBytes(): number {
    return this.#cache.usedBytes;
  }

  /** Makes one batch in one of the memories. */
  async make({ epoch, order }: EpochOrder, step: number, slot: number): Promise<Omit<Batch, "waitedMs">> {
    const { batchSize, samples } = this.#options;
    const first = step * batchSize;
    const count = Math.min(batchSize, samples.length - first);
    const places = await this.#places.fill(order, first, count, async (tries) => {
      const jobs = tries.map((place) => this.#job(epoch, place));
      const results = await this.#pool.fill(slot, jobs);
      for (const [i, { path }] of jobs.entries()) this.#remember(path, results[i] as RowResult);
      return results;
    });
    const rows = places.map(
      (place): FilledRow | undefined =>
        place && { sample: samples[place.index] as PersonSample, crop: place.result.crop },
    );
    return describe(step, this.#closeGaps(rows, slot), this.#memories[slot] as BatchMemory);
  }

  #job(epoch: number, { row, position, index }: Place): RowJob {
    const { box, keypoints } = this.#options.samples[index] as PersonSample;
    const path = this.#paths[index] as string;
    const kept = this.#cache.get(path);
    return {
      path,
      box,
      // A view would be sent to the thread with the whole memory behind it.
      keypoints: Array.from(keypoints),
      key: [this.#options.seed ?? 0, epoch, position],
      row,
      kept,
      keep: !kept && this.#cache.hasRoom,
      imageSize: this.#imageSizes.get(path),
    };
  }

  #remember(path: string, result: RowResult): void {
    if ("unreadable" in result) return;
    this.#imageSizes.set(path, result.imageSize);
    if (result.decoded) this.#cache.add(path, result.decoded);
  }

  /** Moves rows up over those left out. */
  #closeGaps(rows: readonly (FilledRow | undefined)[], slot: number): FilledRow[] {
    const closed: FilledRow[] = [];
    for (const [from, row] of rows.entries()) {
      if (!row) continue;
      if (closed.length < from) this.#memories[slot]?.copyRow(from, closed.length);
      closed.push(row);
    }
    return closed;
  }
}

function describe(step: number, rows: readonly FilledRow[], memory: BatchMemory): Omit<Batch, "waitedMs"> {
  return {
    step,
    size: rows.length,
    ...memory.head(rows.length),
    crops: rows.map(({ crop }) => crop),
    imageIds: rows.map(({ sample }) => sample.imageId),
    annotationIds: rows.map(({ sample }) => sample.annotationId),
    boxes: rows.map(({ sample }) => sample.box),
  };
}

/**
 * Decoded pictures, up to a limit. None is ever dropped: an epoch visits every picture equally often, so those that came
 * first are as good to keep as any.
 */
class ImageCache {
  readonly #images = new Map<string, SharedImage>();
  readonly #limit: number;
  #used = 0;
  #isFull: boolean;

  /** @param megabytes Most memory that pictures may take, MiB. */
  constructor(megabytes: number) {
    this.#limit = megabytes * 2 ** 20;
    this.#isFull = !(this.#limit > 0);
  }

  /** Whether another picture may fit. */
  get hasRoom(): boolean {
    return !this.#isFull;
  }

  /** Memory of the kept pictures, bytes. */
  get usedBytes(): number {
    return this.#used;
  }

  get(path: string): SharedImage | undefined {
    return this.#images.get(path);
  }

  /** Keeps a picture, unless it is there already or the limit would be passed; the first one too many closes the cache. */
  add(path: string, image: SharedImage): void {
    if (this.#images.has(path)) return;
    const bytes = image.pixels.byteLength;
    if (this.#used + bytes > this.#limit) {
      this.#isFull = true;
      return;
    }
    this.#images.set(path, image);
    this.#used += bytes;
  }
}
