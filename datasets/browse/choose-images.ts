import type { CocoKeypoints, ImageRecord } from "../coco/coco-keypoints.ts";
import { createRandom } from "../random.ts";

interface ImageChoice {
  /** Image ids; with any, only these are shown. */
  readonly images?: readonly number[];
  /** Annotation ids: the images they are in. */
  readonly annotations?: readonly number[];
  /** Without ids: how many to draw at random among the images that show labelled people. */
  readonly count: number;
  readonly seed: number;
}

/**
 * Chooses images to look at, in the order of the file.
 *
 * @throws {RangeError} If an id is not in the file.
 */
export function chooseImages(coco: CocoKeypoints, choice: ImageChoice): ImageRecord[] {
  const { images = [], annotations = [] } = choice;
  const imageOf = new Map(coco.annotations.map(({ id, imageId }) => [id, imageId]));
  const wanted = new Set(images);
  for (const id of annotations) {
    const imageId = imageOf.get(id);
    if (imageId === undefined) throw new RangeError(`${coco.file}: expected ids of annotations, got ${id}`);
    wanted.add(imageId);
  }
  const known = new Set(coco.images.map(({ id }) => id));
  for (const id of wanted) {
    if (!known.has(id)) throw new RangeError(`${coco.file}: expected ids of images, got ${id}`);
  }
  if (wanted.size > 0) return coco.images.filter(({ id }) => wanted.has(id));
  const labelled = new Set(
    coco.annotations.flatMap(({ imageId, numKeypoints }) => (numKeypoints > 0 ? [imageId] : [])),
  );
  return drawSome(
    coco.images.filter(({ id }) => labelled.has(id)),
    choice,
  );
}

/** Selection sampling: each image is taken with the probability that leaves exactly `count` taken at the end. */
function drawSome(images: readonly ImageRecord[], { count, seed }: ImageChoice): ImageRecord[] {
  const random = createRandom(seed, 0, 0, 0);
  let needed = Math.min(count, images.length);
  return images.filter((_, index) => {
    const taken = random.uniform() * (images.length - index) < needed;
    if (taken) needed--;
    return taken;
  });
}
