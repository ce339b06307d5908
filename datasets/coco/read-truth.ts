import type { KeypointTruth } from "../../eval/keypoint-data.ts";
import { readCoco } from "./read-annotations.ts";
import { truthImageSchema } from "./schema.ts";

/** What an evaluation takes from a COCO keypoint annotation file. */
export interface TruthFile {
  readonly truth: KeypointTruth;
  /** Names of each category's keypoints, where the file names them. */
  readonly keypointNames: readonly (readonly string[])[];
  /** Of the images that have one, by id. */
  readonly fileNames: ReadonlyMap<number, string>;
  /** CrowdPose only: how entangled the persons of an image are, by id. */
  readonly crowdIndices: ReadonlyMap<number, number>;
  /** How many annotations give no area; it is taken to be 0.53 of the box. */
  readonly estimatedAreas: number;
}

/**
 * Reads ground truth to evaluate with; unlike `readAnnotations` it asks nothing of an image but its id.
 *
 * @throws {TypeError | RangeError} As `readAnnotations`.
 */
export async function readTruth(file: string): Promise<TruthFile> {
  const { images, annotations, categories } = await readCoco(file, truthImageSchema);
  const named = <T>(value: (image: (typeof images)[number]) => T | undefined): Map<number, T> =>
    new Map(images.flatMap((image) => (value(image) === undefined ? [] : [[image.id, value(image) as T]])));
  return {
    truth: {
      imageIds: images.map(({ id }) => id),
      categoryIds: categories.map(({ id }) => id),
      annotations,
    },
    keypointNames: categories.map(({ keypoints }) => keypoints),
    fileNames: named(({ file_name }) => file_name),
    crowdIndices: named(({ crowdIndex }) => crowdIndex),
    estimatedAreas: annotations.filter(({ areaEstimated }) => areaEstimated).length,
  };
}
