import { rmSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/**
 * Fills a new folder beside `out` and renames it to `out` once it is complete: `out` is whole or not there.
 *
 * @throws {Error} If `out` exists and is not empty; what `fill` throws, after its leftovers are deleted.
 */
export async function publishFolder<T>(out: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const target = resolve(out);
  await requireEmpty(target);
  await mkdir(dirname(target), { recursive: true });
  const folder = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  // On exit (after Ctrl-C, say) only synchronous code still runs.
  const clear = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", clear);
  try {
    const result = await fill(folder);
    await rename(folder, target);
    return result;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    process.off("exit", clear);
  }
}

async function requireEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new Error(`${folder}: expected a new or an empty folder (${error.code})`, { cause: error });
  });
  if (entries.length > 0) {
    throw new Error(`${folder}: expected a new or an empty folder, got one with ${entries.length} entries`);
  }
}
