import type { SourceDataset, SourceImage } from "./source-dataset.ts";

/**
 * Parts a data set anew: the images that are listed become val2017, all others train2017.
 *
 * @param list File names; blank lines and what follows a # are left out.
 * @param where The list's own name, to begin errors with.
 * @throws {Error} If a listed image is not there.
 */
export function splitByList(source: SourceDataset, list: string, where: string): SourceDataset {
  const wanted = new Set(
    list
      .split(/\r?\n/)
      .map((line) => line.replace(/#.*/, "").trim())
      .filter((name) => name !== ""),
  );
  const images = source.splits.flatMap((split) => split.images);
  const known = new Set(images.map(({ fileName }) => fileName));
  for (const name of wanted) {
    if (!known.has(name))
      throw new Error(`${where}: expected names of images, got ${name}, which is none of them`);
  }
  const inVal = (image: SourceImage) => wanted.has(image.fileName);
  return {
    ...source,
    splits: [
      { name: "train2017", images: images.filter((image) => !inVal(image)) },
      { name: "val2017", images: images.filter(inVal) },
    ],
  };
}
