import { createRandom } from "../random.ts";

/** Keeps the stream that shuffles apart from those that augment. */
const SHUFFLE = 0x5f;

/** The samples as they are listed. */
export function fileOrder(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

/** The order in which an epoch visits `count` samples: the same for the same seed and epoch. */
export function sampleOrder(count: number, seed: number, epoch: number): Uint32Array {
  const order = fileOrder(count);
  const random = createRandom(seed, epoch, SHUFFLE);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = random.integer(last + 1);
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  return order;
}
