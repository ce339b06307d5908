import { type Batch, BatchMemory } from "./batch.ts";
import { BatchMaker, type EpochOrder } from "./batch-maker.ts";
import { fileOrder, sampleOrder } from "./epoch.ts";
import { checkLoaderOptions, type LoaderOptions, renderSettings, rowLengths } from "./loader-options.ts";
import { inlineCrew, type RowCrew, threadCrew } from "./row-pool.ts";

export type { LoaderOptions } from "./loader-options.ts";

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
  const { crew, memories } = hireCrew(options);
  const maker = new BatchMaker(options, crew, memories);
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
        const order = shuffle ? sampleOrder(samples.length, seed, epoch) : fileOrder(samples.length);
        yield* workAhead(maker, { epoch, order }, startStep, stepsPerEpoch, memories.length);
      } finally {
        busy = false;
      }
    },
    async close() {
      closed = true;
      await crew.close();
    },
  };
}

function hireCrew(options: LoaderOptions): { crew: RowCrew; memories: readonly BatchMemory[] } {
  const { batchSize, workers = 0, prefetch = 2 } = options;
  const settings = renderSettings(options);
  const lengths = rowLengths(options);
  // One for the batch in use, the others for those to come.
  const slots = workers > 0 ? prefetch + 1 : 1;
  const memories = Array.from({ length: slots }, () => new BatchMemory(batchSize, lengths));
  const crew =
    workers > 0
      ? threadCrew(workers, settings, memories, { rows: batchSize, lengths })
      : inlineCrew(settings, memories);
  return { crew, memories };
}

/** Yields batches in order, with as many in work as there are memories free. */
async function* workAhead(
  maker: BatchMaker,
  epoch: EpochOrder,
  startStep: number,
  endStep: number,
  slots: number,
): AsyncGenerator<Batch, void, undefined> {
  const free = Array.from({ length: slots }, (_, slot) => slot);
  const started: { slot: number; batch: ReturnType<BatchMaker["make"]> }[] = [];
  let next = startStep;
  try {
    while (next < endStep || started.length > 0) {
      const asked = performance.now();
      while (free.length > 0 && next < endStep) {
        const slot = free.pop() as number;
        const batch = maker.make(epoch, next, slot);
        // It is awaited later; until then its failure is nobody's.
        batch.catch(() => {});
        started.push({ slot, batch });
        next += 1;
      }
      const first = started.shift();
      if (!first) return;
      const batch = await first.batch;
      if (batch.size > 0) yield { ...batch, waitedMs: performance.now() - asked };
      free.push(first.slot);
    }
  } finally {
    // Nothing may write to the memories once the next epoch has begun.
    await Promise.allSettled(started.map(({ batch }) => batch));
  }
}
