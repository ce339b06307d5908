// How loaders of persons and of classes go through an epoch: in which order, how far ahead, past which images.
import { createRandom } from "../random.ts";

/** Keeps the stream that shuffles apart from those that augment. */
const SHUFFLE = 0x5f;

/** The order in which an epoch visits `count` samples: the same for the same seed and epoch, or as listed. */
export function epochOrder(count: number, shuffle: boolean, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  if (!shuffle) return order;
  const random = createRandom(seed, epoch, SHUFFLE);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = random.integer(last + 1);
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  return order;
}

/**
 * Yields the batches from one step to another in order, with as many in progress as there are slots; batches without a
 * sample are left out. A batch keeps its slot until the next one is asked for.
 *
 * @param make Makes the batch of a step, in a slot that no other batch has.
 */
export async function* workAhead<Batch extends { readonly size: number }>(
  make: (step: number, slot: number) => Promise<Batch>,
  startStep: number,
  endStep: number,
  slots: number,
): AsyncGenerator<Batch & { readonly waitedMs: number }, void, undefined> {
  const free = Array.from({ length: slots }, (_, slot) => slot);
  const started: { slot: number; batch: Promise<Batch> }[] = [];
  let next = startStep;
  try {
    while (next < endStep || started.length > 0) {
      const asked = performance.now();
      while (free.length > 0 && next < endStep) {
        const slot = free.pop() as number;
        const batch = make(next, slot);
        // A failure is thrown when the batch is awaited below, not before.
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
    // Nothing may write into a slot once the next epoch has begun.
    await Promise.allSettled(started.map(({ batch }) => batch));
  }
}

/** A row of a batch to fill: with the sample at a position of the epoch, or with one after it. */
export interface Place {
  /** In the batch. */
  readonly row: number;
  /** In the epoch's order: the place's own, whichever sample fills it. */
  readonly position: number;
  /** Of the sample. */
  readonly index: number;
}

export interface Unreadable {
  /** Why the image could not be read, with its path. */
  readonly unreadable: string;
}

interface FillerOptions {
  /** Names the loader in errors. */
  readonly where: string;
  /** Of each sample's image. */
  readonly paths: readonly string[];
  /** Go on past images that cannot be read. */
  readonly skip: boolean;
  /** Whether the next readable sample takes the place of one that is not; else the batch goes without. */
  readonly replace: boolean;
}

/** Fills places of batches and goes past the images that cannot be read. */
export class PlaceFiller {
  /** Path of each image that could not be read, and why. */
  readonly badImages = new Map<string, string>();
  readonly #options: FillerOptions;

  constructor(options: FillerOptions) {
    this.#options = options;
  }

  /**
   * Fills `count` places of an epoch, from `first` on.
   *
   * @param read Reads samples for places; asked again for the places whose images could not be read.
   * @returns What was read for each place with its sample's index; undefined where a place is left out.
   * @throws {Error} If an image cannot be read and is not to be skipped, or none can be read at all.
   */
  async fill<Row extends object>(
    order: Uint32Array,
    first: number,
    count: number,
    read: (places: readonly Place[]) => Promise<readonly (Row | Unreadable)[]>,
  ): Promise<({ readonly index: number; readonly result: Row } | undefined)[]> {
    const filled: ({ index: number; result: Row } | undefined)[] = Array.from({ length: count });
    let waiting = Array.from({ length: count }, (_, row) => ({ row, position: first + row, attempt: 0 }));
    while (waiting.length > 0) {
      const tries = waiting.flatMap(({ row, position, attempt }) => {
        const readable = this.#nextReadable(order, position, attempt);
        return readable ? [{ row, position, ...readable }] : [];
      });
      const results = await read(tries);
      waiting = tries.filter(({ row, index }, i) => {
        const result = results[i] as Row | Unreadable;
        if (!("unreadable" in result)) {
          filled[row] = { index, result };
          return false;
        }
        if (!this.#options.skip) throw new Error(result.unreadable);
        this.badImages.set(this.#options.paths[index] as string, result.unreadable);
        return true;
      });
    }
    return filled;
  }

  /** The first sample from an attempt on that is not known to be unreadable; none if samples are not replaced. */
  #nextReadable(
    order: Uint32Array,
    position: number,
    firstAttempt: number,
  ): { attempt: number; index: number } | undefined {
    const { where, paths, replace } = this.#options;
    const attempts = replace ? order.length : 1;
    for (let attempt = firstAttempt; attempt < attempts; attempt += 1) {
      const index = order[(position + attempt) % order.length] as number;
      if (!this.badImages.has(paths[index] as string)) return { attempt, index };
    }
    if (!replace) return undefined;
    const [reason] = this.badImages.values();
    throw new Error(`${where}: expected a readable image among ${order.length} samples, got none; ${reason}`);
  }
}
