import { statfs } from "node:fs/promises";
import { TENSORFLOW_VERSION } from "./engine-folder.ts";
import { platformName, TENSORFLOW_PLATFORM } from "./platform.ts";

/** @throws {RangeError} If this is no version as pip knows TensorFlow's. */
export function requireVersion(tensorflow: string): void {
  if (!/^\d+\.\d+\.\d+$/.test(tensorflow)) {
    throw new RangeError(
      `engine install --tensorflow: expected a version such as ${TENSORFLOW_VERSION}, got "${tensorflow}"`,
    );
  }
}

/** @throws {Error} Where TensorFlow's wheels and this way of using them do not serve. */
export function requirePlatform(): void {
  if (platformName() === TENSORFLOW_PLATFORM) return;
  throw new Error(
    `engine install: expected ${TENSORFLOW_PLATFORM} with glibc, got ${platformName()}; the wasm engine runs here as it is (--engine wasm)`,
  );
}

/** @throws {Error} If the disk under `folder` has less than `gigabytes` free. */
export async function requireSpace(folder: string, gigabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / 1e9;
  if (free < gigabytes) {
    throw new Error(
      `engine install: expected ${gigabytes} GB free in ${folder}, got ${free.toFixed(1)} GB; XDG_CACHE_HOME chooses another place`,
    );
  }
}
