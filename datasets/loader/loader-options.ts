import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import type { Augmentation } from "../augment/augmentation.ts";
import type { InputSize } from "../crop/crop-geometry.ts";
import type { PersonSample } from "./person-sample.ts";

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
   * Threads that decode, crop and encode; 0 does it all in the calling thread. The batches are the same. Decoding itself
   * runs in Node's thread pool: for more than 4 pictures at once, start with UV_THREADPOOL_SIZE set.
   * @default 0
   */
  readonly workers?: number;
  /** Batches that the threads make ahead of the one in use. @default 2 */
  readonly prefetch?: number;
  /** Most memory for decoded images, MiB: those read first are kept. @default 0 */
  readonly cacheMegabytes?: number;
  /**
   * Go on past images that cannot be read, and list them in `badImages`. With targets, the next sample takes the place,
   * so that batches stay full; without, the sample is left out of its batch.
   * @default false
   */
  readonly skipBadImages?: boolean;
}
