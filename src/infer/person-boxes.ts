import { join } from "node:path";
import type { CocoKeypoints } from "../../datasets/coco/coco-keypoints.ts";
import { type Detection, readDetections } from "../../datasets/coco/results.ts";
import { clipBox } from "../../datasets/crop/crop-geometry.ts";
import { readImage } from "../../datasets/image/read-image.ts";
import { inImageOrder, type PersonSample, personsByImage } from "../../datasets/loader/person-sample.ts";
import type { PersonDetector } from "../detect/person-detector.ts";

/** Where persons are looked for. */
export interface PersonBoxes {
  /** In the order of the images, so that neighbours share a decoded one. */
  readonly samples: readonly PersonSample[];
  /** How sure the detector is of a sample's box, by its annotation id. */
  readonly boxScore: (annotationId: number) => number;
  /** Whether the boxes are labelled ones. */
  readonly fromTruth: boolean;
  /** What they are, for people to read. */
  readonly source: string;
  /** Path of each image that the detector could not look at, and why. */
  readonly badImages?: ReadonlyMap<string, string>;
}

/** The labelled persons that networks train on, too: no crowds, nobody without a labelled keypoint. */
export function truthBoxes(coco: CocoKeypoints): PersonBoxes {
  const samples = personsByImage(coco);
  const source = `ground truth, ${samples.length} persons with labelled keypoints, no crowds`;
  return { samples, boxScore: () => 1, fromTruth: true, source };
}

/**
 * The persons of a detections file: boxes of the data set's categories with at least `minScore` that lie in their image
 * at least in part, clipped to it.
 *
 * @throws {Error} If the file cannot be used, or a box is of an image that the data set does not list.
 */
export async function boxesOfFile(coco: CocoKeypoints, file: string, minScore = 0): Promise<PersonBoxes> {
  const images = new Map(coco.images.map((image) => [image.id, image]));
  const categories = new Set(coco.categories.map(({ id }) => id));
  const scores: number[] = [];
  const samples = (await readDetections(file)).flatMap((detection: Detection, i): PersonSample[] => {
    const { imageId, categoryId, box, score } = detection;
    const image = images.get(imageId);
    if (!image) {
      throw new RangeError(
        `${file} detections[${i}]: expected an image of ${coco.file}, got image_id ${imageId}`,
      );
    }
    if (!categories.has(categoryId) || !(score >= minScore)) return [];
    const clipped = clipBox(box, image.width, image.height);
    if (!clipped) return [];
    // A box of a detector has no annotation: its place in the scores, from 1, tells it from the others.
    const annotationId = scores.push(score);
    return [{ imageId, fileName: image.fileName, box: clipped, annotationId, keypoints: [] }];
  });
  return {
    samples: inImageOrder(coco, samples),
    boxScore: (annotationId) => scores[annotationId - 1] as number,
    fromTruth: false,
    source: `${file}, ${samples.length} boxes${minScore > 0 ? ` scored ${minScore} or more` : ""}`,
  };
}

/** Scored low, a box costs little: the ranking takes care of it. A person whom nobody looks for is lost. */
const MIN_BOX_SCORE = 0.2;

interface BoxDetectionOptions {
  /** Folder of the images. */
  readonly imageDir: string;
  /** Boxes that score less are left out. @default 0.2 */
  readonly minScore?: number | undefined;
  /** Leave out images that cannot be read: the loader reports those with boxes only. @default false */
  readonly skipBadImages?: boolean;
  readonly onProgress?: ((images: number, total: number) => void) | undefined;
}

/**
 * Lets a detector look for persons in every image of a data set, read as stored, as annotations refer to them.
 *
 * @throws {Error} If an image cannot be read.
 */
export async function boxesOfDetector(
  coco: CocoKeypoints,
  detector: PersonDetector,
  { imageDir, minScore = MIN_BOX_SCORE, skipBadImages = false, onProgress }: BoxDetectionOptions,
): Promise<PersonBoxes> {
  const scores: number[] = [];
  const samples: PersonSample[] = [];
  const badImages = new Map<string, string>();
  for (const [i, { id: imageId, fileName }] of coco.images.entries()) {
    const path = join(imageDir, fileName);
    const image = await readImage(path).catch((error: Error) => {
      if (!skipBadImages) throw error;
      badImages.set(path, error.message);
      return undefined;
    });
    for (const { score, ...box } of image ? await detector.detect(image, { minScore }) : []) {
      samples.push({ imageId, fileName, box, annotationId: scores.push(score), keypoints: [] });
    }
    onProgress?.(i + 1, coco.images.length);
  }
  return {
    samples: inImageOrder(coco, samples),
    boxScore: (annotationId) => scores[annotationId - 1] as number,
    fromTruth: false,
    source: `${detector.name}, ${samples.length} boxes scored ${minScore} or more`,
    badImages,
  };
}
