import { type Box, tupleOfBox } from "../../datasets/crop/crop-geometry.ts";
import type { Batch } from "../../datasets/loader/batch.ts";
import type { KeypointResult } from "../../eval/keypoint-data.ts";
import { type NmsOptions, oksNms } from "./oks-nms.ts";
import { decodePersons, type PoseNetwork, personScore, predictHeatmaps } from "./pose-network.ts";

interface PredictOptions {
  /** Average with the mirrored image. @default true */
  readonly flipTest?: boolean;
  /** How sure the detector was of the box of a sample, by its annotation id. @default 1 for every box */
  readonly boxScore?: (annotationId: number) => number;
  /** Suppression of duplicates in each image: for a detector's boxes. @default none */
  readonly nms?: NmsOptions;
  /**
   * Write each person's box into its result. COCO's evaluator then takes the box's area as the person's; without, the
   * extent of its keypoints.
   * @default false
   */
  readonly withBox?: boolean;
  /** Category of every result. @default 1, COCO's person */
  readonly categoryId?: number;
  /** Called after each batch with the number of persons done so far. */
  readonly onProgress?: (persons: number) => void;
}

/** A result with what suppression needs to know of it. */
interface Scored extends KeypointResult {
  readonly area: number;
}

/**
 * Finds the keypoints of every person that the batches hold: forward, flip test, decoding, mapping back to the image,
 * rescoring, suppression.
 *
 * Owns the tensors it makes and disposes all of them; the model stays the caller's.
 *
 * @returns Results in COCO's sense, image by image in the order the images came, best score first.
 * @throws {Error} If a heatmap is not finite, naming the annotation.
 */
export async function predictPersons(
  network: PoseNetwork,
  batches: AsyncIterable<Pick<Batch, "size" | "images" | "crops" | "imageIds" | "annotationIds" | "boxes">>,
  options: PredictOptions = {},
): Promise<KeypointResult[]> {
  const { flipTest = true, boxScore = () => 1, withBox = false, categoryId = 1, onProgress } = options;
  const nms = options.nms ?? { kind: "none" };
  const byImage = new Map<number, Scored[]>();
  let done = 0;
  for await (const batch of batches) {
    if (batch.size === 0) continue;
    const heatmaps = await predictHeatmaps(network, batch.images, batch.size, flipTest);
    for (const [i, { keypoints, scores }] of decodePersons(network, heatmaps, batch.crops).entries()) {
      const imageId = batch.imageIds[i] as number;
      const annotationId = batch.annotationIds[i] as number;
      const score = personScore(boxScore(annotationId), scores);
      if (!Number.isFinite(score) || !keypoints.every(Number.isFinite)) {
        throw new Error(`image ${imageId}, annotation ${annotationId}: expected finite heatmaps, got others`);
      }
      const { scale } = batch.crops[i] as (typeof batch.crops)[0];
      const box = withBox ? { box: tupleOfBox(batch.boxes[i] as Box) } : {};
      const person = { imageId, categoryId, keypoints, score, ...box, area: scale.width * scale.height };
      const others = byImage.get(imageId);
      if (others) others.push(person);
      else byImage.set(imageId, [person]);
    }
    done += batch.size;
    onProgress?.(done);
  }
  return [...byImage.values()].flatMap((persons) => suppress(persons, network.skeleton.sigmas, nms));
}

function suppress(persons: readonly Scored[], sigmas: readonly number[], nms: NmsOptions): KeypointResult[] {
  return oksNms(persons, sigmas, nms).map(({ index, score }) => {
    const { area: _, ...person } = persons[index] as Scored;
    return { ...person, score };
  });
}
