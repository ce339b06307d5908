import { countLabelled } from "../coco/coco-file.ts";
import type { CocoKeypoints } from "../coco/coco-keypoints.ts";
import { type Box, boxOfTuple, clipBox } from "../crop/crop-geometry.ts";

/** One person to crop out of one image. */
export interface PersonSample {
  readonly imageId: number;
  /** Name of the image's file, relative to the folder of images. */
  readonly fileName: string;
  readonly box: Box;
  /** The annotation it comes from; 0 for a box without one. */
  readonly annotationId: number;
  /** x, y in image pixels and visibility, 3 numbers a keypoint; empty for a box alone. */
  readonly keypoints: ArrayLike<number>;
}

type KeypointDataset = Pick<CocoKeypoints, "images" | "annotations">;

/**
 * The persons of a data set worth training on: not crowds, of positive area, with a labelled keypoint and a box that
 * lies in the image at least in part. Boxes are clipped to their images. Order: as annotated.
 *
 * Source: HRNet (6f69e46), `lib/dataset/coco.py`.
 *
 * @throws {Error} If an annotation refers to an image that is not listed.
 */
export function selectPersons({ images, annotations }: KeypointDataset): PersonSample[] {
  const byId = new Map(images.map((image) => [image.id, image]));
  return annotations.flatMap((annotation) => {
    const image = byId.get(annotation.imageId);
    if (!image) {
      throw new Error(
        `annotation ${annotation.id}: expected a listed image, got image_id ${annotation.imageId}`,
      );
    }
    if (annotation.isCrowd || !(annotation.area > 0) || countLabelled(annotation.keypoints) === 0) return [];
    const box = clipBox(boxOfTuple(annotation.box), image.width, image.height);
    if (!box) return [];
    const { id: annotationId, imageId, keypoints } = annotation;
    return [{ imageId, fileName: image.fileName, box, annotationId, keypoints }];
  });
}

/** {@link selectPersons} in the order of the images, so that neighbours share a decoded one. */
export function personsByImage(dataset: KeypointDataset): PersonSample[] {
  return inImageOrder(dataset, selectPersons(dataset));
}

export function inImageOrder(
  { images }: Pick<KeypointDataset, "images">,
  samples: readonly PersonSample[],
): PersonSample[] {
  const place = new Map(images.map(({ id }, index) => [id, index]));
  return samples.toSorted((a, b) => (place.get(a.imageId) as number) - (place.get(b.imageId) as number));
}
