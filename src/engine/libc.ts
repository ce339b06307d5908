// What this process asks of the C library, through koffi.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(import.meta.url);

const STDERR = 2;

/** mallopt(3)'s parameters, from glibc's malloc.h. */
const M_TRIM_THRESHOLD = -1;
const M_TOP_PAD = -2;
const M_MMAP_MAX = -4;

const MEBIBYTE = 2 ** 20;

/**
 * Runs `work` and returns what native code meanwhile wrote to standard error, instead of showing it. Where the C library
 * cannot be reached it is shown, and the text is empty.
 */
export function withCapturedStderr<T>(work: () => T): { result: T; text: string } {
  const dup = libcFunction("int dup(int)");
  const dup2 = libcFunction("int dup2(int, int)");
  if (!dup || !dup2) return { result: work(), text: "" };
  const folder = mkdtempSync(join(tmpdir(), "dypose-stderr-"));
  const path = join(folder, "stderr");
  const file = openSync(path, "w");
  const shown = dup(STDERR);
  dup2(file, STDERR);
  try {
    const result = work();
    return { result, text: readFileSync(path, "utf8") };
  } finally {
    dup2(shown, STDERR);
    closeSync(shown);
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

/**
 * Tells glibc's malloc to keep freed memory instead of giving every large tensor back to the kernel, whose pages
 * TensorFlow would then fault in again. To be called before the first tensor.
 *
 * @returns Whether malloc does so; false without glibc.
 */
export function keepFreedMemory(): boolean {
  const mallopt = libcFunction("int mallopt(int, int)");
  if (!mallopt) return false;
  const accepted = [
    mallopt(M_MMAP_MAX, 0),
    mallopt(M_TRIM_THRESHOLD, 2 ** 31 - 1),
    mallopt(M_TOP_PAD, 256 * MEBIBYTE),
  ];
  return accepted.every((result) => result === 1);
}

/** A function of glibc, by its C declaration; nothing with another C library, or where koffi has no build. */
function libcFunction(declaration: string): ((...args: number[]) => number) | undefined {
  try {
    return require("koffi").load("libc.so.6").func(declaration);
  } catch {
    return undefined;
  }
}
