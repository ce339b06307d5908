import type { SharedImage } from "./fill-row.ts";

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
