import type { CocoKeypoints } from "../../datasets/coco/coco-keypoints.ts";
import { type Detection, readDetections } from "../../datasets/coco/read-detections.ts";
import { clipBox } from "../../datasets/crop/crop-geometry.ts";
import { type PersonSample, selectPersons } from "../../datasets/loader/person-sample.ts";

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
}

/** The labelled persons that networks train on, too: no crowds, nobody without a labelled keypoint. */
export function truthBoxes(coco: CocoKeypoints): PersonBoxes {
  const samples = byImage(coco, selectPersons(coco));
  const source = `ground truth, ${samples.length} persons with labelled keypoints, no crowds`;
  return { samples, boxScore: () => 1, fromTruth: true, source };
}

/**
 * The persons of a detections file: boxes of the data set's categories with at least `minScore` that lie in their image
 * at least in part, clipped to it.
 *
 * @throws {Error} If the file cannot be used, or a box is of an image that the data set does not list.
 */
export async function detectedBoxes(coco: CocoKeypoints, file: string, minScore = 0): Promise<PersonBoxes> {
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
    samples: byImage(coco, samples),
    boxScore: (annotationId) => scores[annotationId - 1] as number,
    fromTruth: false,
    source: `${file}, ${samples.length} boxes${minScore > 0 ? ` scored ${minScore} or more` : ""}`,
  };
}

function byImage(coco: CocoKeypoints, samples: readonly PersonSample[]): PersonSample[] {
  const place = new Map(coco.images.map(({ id }, index) => [id, index]));
  return samples.toSorted((a, b) => (place.get(a.imageId) as number) - (place.get(b.imageId) as number));
}
