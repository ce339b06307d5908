import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const RESULTS_FILE = /^person_keypoints_.+_results\.json$/;

/**
 * The results file that a user means: the file itself, or of a run's or an evaluation's folder the one results file in
 * it or in its `eval-*` folders.
 *
 * @throws {Error} If there is nothing, or if a folder holds none or several.
 */
export async function findResults(path: string): Promise<string> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const got = cause.code === "ENOENT" ? "nothing there" : cause.code;
    throw new Error(`${path}: expected a results file or a run's folder, got ${got}`, { cause });
  });
  if (!found.isDirectory()) return path;
  const files = await resultsIn(path);
  const [only, another] = files;
  if (only && !another) return only;
  const got = files.length === 0 ? "none" : files.join(", ");
  throw new Error(`${path}: expected one results file, person_keypoints_<split>_results.json, got ${got}`);
}

async function resultsIn(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = entries.filter((entry) => entry.isFile() && RESULTS_FILE.test(entry.name));
  const evaluations = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith("eval-"));
  const nested = await Promise.all(evaluations.map(({ name }) => resultsIn(join(folder, name))));
  return [...files.map(({ name }) => join(folder, name)), ...nested.flat()];
}
