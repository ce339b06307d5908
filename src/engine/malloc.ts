import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** mallopt(3)'s parameters, from glibc's malloc.h. */
const M_TRIM_THRESHOLD = -1;
const M_TOP_PAD = -2;
const M_MMAP_MAX = -4;

const MEBIBYTE = 2 ** 20;

/**
 * Tells glibc's malloc to keep freed memory instead of giving every large tensor back to the kernel, whose
 * pages TensorFlow would then fault in again. To be called before the first tensor.
 *
 * @returns Whether malloc took it; false without glibc.
 */
export function keepFreedMemory(): boolean {
  if (process.platform !== "linux") return false;
  try {
    const mallopt = require("koffi").load("libc.so.6").func("int mallopt(int, int)");
    const taken = [
      mallopt(M_MMAP_MAX, 0),
      mallopt(M_TRIM_THRESHOLD, 2 ** 31 - 1),
      mallopt(M_TOP_PAD, 256 * MEBIBYTE),
    ];
    return taken.every((result) => result === 1);
  } catch {
    return false; // musl, or koffi has no build for this platform
  }
}
