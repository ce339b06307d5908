import type { CropGeometry, InputSize } from "../crop/crop-geometry.ts";
import { imagePath } from "../image/image-path.ts";
import type { Batch, BatchMemory } from "./batch.ts";
import type { LoaderOptions } from "./loader-options.ts";
import type { PersonSample } from "./person-sample.ts";
import type { RowCrew } from "./row-pool.ts";
import type { RowJob, RowResult, SharedImage } from "./sample-row.ts";

/** Samples in the order an epoch visits them. */
export interface EpochOrder {
  readonly epoch: number;
  readonly order: Uint32Array;
}

/** A row that has to be made: for a place in the order, with the sample there or one after it. */
interface Place {
  readonly row: number;
  readonly position: number;
  /** How many samples further on. */
  readonly attempt: number;
}

interface FilledRow {
  readonly sample: PersonSample;
  readonly crop: CropGeometry;
}

/** Makes batches: hands their rows to a crew, and sees to images that cannot be read. */
export class BatchMaker {
  /** Path of each image that could not be read, and why. */
  readonly badImages = new Map<string, string>();
  readonly #options: LoaderOptions;
  readonly #crew: RowCrew;
  readonly #memories: readonly BatchMemory[];
  readonly #paths: readonly string[];
  readonly #imageSizes = new Map<string, InputSize>();
  readonly #cache: ImageCache;

  constructor(options: LoaderOptions, crew: RowCrew, memories: readonly BatchMemory[]) {
    this.#options = options;
    this.#crew = crew;
    this.#memories = memories;
    this.#paths = options.samples.map(({ fileName }) => imagePath(options.imageDir, fileName));
    this.#cache = new ImageCache(options.cacheMegabytes ?? 0);
  }

  /** Memory of the decoded images that are kept, bytes. */
  get cachedBytes(): number {
    return this.#cache.usedBytes;
  }

  /** Makes one batch in one of the memories. */
  async make(epoch: EpochOrder, step: number, slot: number): Promise<Omit<Batch, "waitedMs">> {
    const { batchSize, samples } = this.#options;
    const first = step * batchSize;
    const count = Math.min(batchSize, samples.length - first);
    const rows: (FilledRow | undefined)[] = Array.from({ length: count });
    let places = Array.from(
      { length: count },
      (_, row): Place => ({ row, position: first + row, attempt: 0 }),
    );
    while (places.length > 0) {
      const tries = places.flatMap((place) => this.#nextReadable(epoch, place));
      const jobs = tries.map((place) => this.#job(epoch, place));
      const results = await this.#crew.fill(slot, jobs);
      places = tries.filter((place, i) => {
        const result = results[i] as RowResult;
        const { path } = jobs[i] as RowJob;
        if ("unreadable" in result) {
          if (!this.#options.skipBadImages) throw new Error(result.unreadable);
          this.badImages.set(path, result.unreadable);
          return true;
        }
        this.#remember(path, result);
        rows[place.row] = { sample: this.#sample(epoch, place), crop: result.crop };
        return false;
      });
    }
    return describe(step, this.#closeGaps(rows, slot), this.#memories[slot] as BatchMemory);
  }

  /** The place with the first sample that is not known to be unreadable; none if samples are not to be replaced. */
  #nextReadable(epoch: EpochOrder, place: Place): Place[] {
    const { samples, targets = true } = this.#options;
    const attempts = targets ? samples.length : 1;
    for (let attempt = place.attempt; attempt < attempts; attempt += 1) {
      if (!this.badImages.has(this.#path(epoch, { ...place, attempt }))) return [{ ...place, attempt }];
    }
    if (!targets) return [];
    const [reason] = this.badImages.values();
    throw new Error(`loader: expected a readable image among ${samples.length} samples, got none; ${reason}`);
  }

  #job(epoch: EpochOrder, place: Place): RowJob {
    const { box, keypoints } = this.#sample(epoch, place);
    const path = this.#path(epoch, place);
    const kept = this.#cache.get(path);
    return {
      path,
      box,
      // A view would drag the whole memory behind it from thread to thread.
      keypoints: Array.from(keypoints),
      key: [this.#options.seed ?? 0, epoch.epoch, place.position],
      row: place.row,
      kept,
      keep: !kept && this.#cache.hasRoom,
      imageSize: this.#imageSizes.get(path),
    };
  }

  #index({ order }: EpochOrder, { position, attempt }: Place): number {
    return order[(position + attempt) % order.length] as number;
  }

  #sample(epoch: EpochOrder, place: Place): PersonSample {
    return this.#options.samples[this.#index(epoch, place)] as PersonSample;
  }

  #path(epoch: EpochOrder, place: Place): string {
    return this.#paths[this.#index(epoch, place)] as string;
  }

  #remember(path: string, { imageSize, decoded }: Exclude<RowResult, { unreadable: string }>): void {
    this.#imageSizes.set(path, imageSize);
    if (decoded) this.#cache.add(path, decoded);
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
 * Decoded pictures, up to a limit. Nothing is ever thrown out: an epoch visits every picture equally often, so those
 * that came first are as good to keep as any, and cost no copying.
 */
export class ImageCache {
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

  /** Keeps a picture, unless it is there already or the limit would be passed; the first too many closes the cache. */
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
