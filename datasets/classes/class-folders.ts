import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";

/** One image and which class it shows. */
export interface ClassSample {
  readonly path: string;
  /** Index into the classes. */
  readonly label: number;
}

export interface ClassSplit {
  /** The folders' names, sorted. */
  readonly classes: readonly string[];
  readonly samples: readonly ClassSample[];
}

const IMAGE_ENDINGS = new Set([".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".avif"]);

/**
 * Lists a folder of class folders, as ImageNet is kept: `<folder>/<class>/<image>`. All lists are sorted by name.
 *
 * @param classes The classes expected, for a further split of a data set.
 * @throws {Error} If there is no such folder, no class in it, a class without an image, or other classes than expected.
 */
export async function readClassFolders(folder: string, classes?: readonly string[]): Promise<ClassSplit> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${folder}: expected a folder of class folders, got ${cause.code ?? cause}`, { cause });
  });
  const found = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
  if (found.length === 0) throw new Error(`${folder}: expected folders, one a class, got none`);
  if (classes) requireSame(folder, found, classes);
  const lists = await Promise.all(found.map((name) => listImages(join(folder, name))));
  const samples = lists.flatMap((paths, label) => paths.map((path) => ({ path, label })));
  return { classes: found, samples };
}

async function listImages(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  const images = names.filter((name) => IMAGE_ENDINGS.has(extname(name).toLowerCase())).sort();
  if (images.length === 0) throw new Error(`${folder}: expected images of the class, got none`);
  return images.map((name) => join(folder, name));
}

function requireSame(folder: string, found: readonly string[], expected: readonly string[]): void {
  const unknown = found.find((name) => !expected.includes(name));
  const missing = expected.find((name) => !found.includes(name));
  if (unknown === undefined && missing === undefined) return;
  const what = unknown === undefined ? `no ${missing}` : `${unknown}, which is none of them`;
  throw new Error(`${folder}: expected the ${expected.length} classes that training has, got ${what}`);
}
