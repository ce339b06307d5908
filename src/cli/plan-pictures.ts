import { stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";

/** An image to read and the drawn copy to write. */
export interface PlannedPicture {
  readonly path: string;
  readonly picture: string;
}

/**
 * Says where each image's drawn copy goes: `<out>/<name>.pose.jpg`; of images that share a name, the second gets
 * `<name>-2.pose.jpg` and so on. Checks first that every image is there, so that a wrong path stops nothing midway.
 *
 * @throws {Error} If a path is no file, naming it.
 */
export async function planPictures(paths: readonly string[], out: string): Promise<PlannedPicture[]> {
  const taken = new Set<string>();
  const planned: PlannedPicture[] = [];
  for (const path of paths) {
    await requireFile(path);
    const name = basename(path, extname(path));
    let picture = join(out, `${name}.pose.jpg`);
    for (let n = 2; taken.has(picture); n++) picture = join(out, `${name}-${n}.pose.jpg`);
    taken.add(picture);
    planned.push({ path, picture });
  }
  return planned;
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const got = cause.code === "ENOENT" ? "nothing there" : cause.code;
    throw new Error(`${path}: expected an image, got ${got}`, { cause });
  });
  if (!found.isFile()) {
    throw new Error(
      `${path}: expected an image, got ${found.isDirectory() ? "a folder" : "no regular file"}`,
    );
  }
}
