import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const STDERR = 2;

/**
 * Runs `work` and returns what native code wrote to standard error meanwhile, instead of showing it. Where the C
 * library cannot be reached it is shown, and the text is empty.
 */
export function withCapturedStderr<T>(work: () => T): { result: T; text: string } {
  const libc = loadLibc();
  if (!libc) return { result: work(), text: "" };
  const folder = mkdtempSync(join(tmpdir(), "dypose-stderr-"));
  const path = join(folder, "stderr");
  const file = openSync(path, "w");
  const shown = libc.dup(STDERR);
  libc.dup2(file, STDERR);
  try {
    const result = work();
    return { result, text: readFileSync(path, "utf8") };
  } finally {
    libc.dup2(shown, STDERR);
    closeSync(shown);
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

interface Libc {
  dup(fd: number): number;
  dup2(from: number, to: number): number;
}

function loadLibc(): Libc | undefined {
  try {
    const library = require("koffi").load("libc.so.6");
    return { dup: library.func("int dup(int)"), dup2: library.func("int dup2(int, int)") };
  } catch {
    return undefined;
  }
}

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
