import { isAbsolute, relative, resolve } from "node:path";

/**
 * The path of an image named by a data file.
 *
 * @throws {RangeError} If the name leads out of the folder: a data file may come from anywhere.
 */
export function imagePath(imageDir: string, fileName: string): string {
  const path = resolve(imageDir, fileName);
  const inside = relative(resolve(imageDir), path);
  if (isAbsolute(fileName) || inside === "" || isAbsolute(inside) || /^\.\.(?:[\\/]|$)/.test(inside)) {
    throw new RangeError(`file_name: expected a path inside ${imageDir}, got ${JSON.stringify(fileName)}`);
  }
  return path;
}
