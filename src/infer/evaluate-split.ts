import type { CocoKeypoints } from "../../datasets/coco/coco-keypoints.ts";
import { readAnnotations, truthOf } from "../../datasets/coco/read-annotations.ts";
import { type Detection, readDetections } from "../../datasets/coco/results.ts";
import { findSplit, type SplitFiles } from "../../datasets/coco/split-files.ts";
import { clipBox } from "../../datasets/crop/crop-geometry.ts";
import { createLoader, type Loader } from "../../datasets/loader/loader.ts";
import { inImageOrder, type PersonSample, personsByImage } from "../../datasets/loader/person-sample.ts";
import { evaluateKeypoints, type KeypointEvaluation } from "../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import type { Engine } from "../engine/engine.ts";
import {
  describeCheckpoint,
  describeEngine,
  describeSettings,
  type InferenceSettings,
} from "./inference-settings.ts";
import type { LoadedNetwork } from "./load-network.ts";
import type { NmsOptions } from "./oks-nms.ts";
import type { PoseNetwork } from "./pose-network.ts";
import { predictPersons } from "./predict-persons.ts";

/** Truth, what a network found, how well it did, and all that the numbers depend on. */
export interface SplitScore {
  readonly truth: KeypointTruth;
  readonly results: readonly KeypointResult[];
  readonly evaluation: KeypointEvaluation;
  readonly skeleton: Skeleton;
  readonly settings: InferenceSettings;
  /** Where the split's images are: their folder, and by id their file names. */
  readonly pictures: { readonly folder: string; readonly fileNames: ReadonlyMap<number, string> };
}

/** A split that was read: what there is to find, and where it is looked for. */
export interface PersonSplit {
  readonly files: SplitFiles;
  readonly coco: CocoKeypoints;
  readonly boxes: PersonBoxes;
}

interface ScoreOptions {
  readonly flipTest: boolean;
  /** Write boxes into results, whose areas then count. @default false */
  readonly withBox?: boolean;
  /** @default hard at 0.9 for a detector's boxes, none for labelled ones */
  readonly nms?: NmsOptions | undefined;
  readonly onProgress?: (persons: number, total: number) => void;
}

/**
 * Finds every person of a split and scores them as COCO does: while a network trains, at the end of a run, and for
 * `dypose eval`. No tensor is left behind.
 *
 * @param loader Gives the crops of the split's boxes.
 * @throws {Error} If an image cannot be read, or a heatmap is not finite.
 */
export async function scoreSplit(
  network: PoseNetwork,
  { files, coco, boxes }: PersonSplit,
  loader: Pick<Loader, "epoch" | "badImages">,
  { flipTest, withBox = false, onProgress, ...options }: ScoreOptions,
): Promise<SplitScore> {
  const { skeleton } = network;
  const nms = options.nms ?? { kind: boxes.fromTruth ? "none" : "hard" };
  const truth = truthOf(coco);
  const results = await predictPersons(network, loader.epoch(0), {
    flipTest,
    nms,
    withBox,
    boxScore: boxes.boxScore,
    categoryId: truth.categoryIds[0] ?? 1,
    onProgress: (persons) => onProgress?.(persons, boxes.samples.length),
  });
  const evaluation = evaluateKeypoints(truth, results, { sigmas: skeleton.sigmas });
  const images = describeImages(files.annotations, coco.images.length, loader.badImages.size);
  const settings = describeSettings(network, { images, boxes: boxes.source, flipTest, nms, withBox });
  const fileNames = new Map(coco.images.map(({ id, fileName }) => [id, fileName]));
  return { truth, results, evaluation, skeleton, settings, pictures: { folder: files.images, fileNames } };
}

function describeImages(annotations: string, count: number, bad: number): string {
  return `${annotations}, ${count} images${bad > 0 ? `, ${bad} of them unreadable and skipped` : ""}`;
}

interface EvaluateOptions extends Partial<ScoreOptions> {
  /** A data set in COCO's layout. */
  readonly dataDir: string;
  /** @default "val2017" */
  readonly split?: string;
  /** A detections file; without, the labelled persons' boxes. */
  readonly boxesFile?: string | undefined;
  /** Detections below it are left out. @default 0 */
  readonly minBoxScore?: number;
  /** Persons that go through the network at a time. @default 16 */
  readonly batchSize?: number;
  /** Go on past images that cannot be read. @default false */
  readonly skipBadImages?: boolean;
  /** What computes, for the settings. */
  readonly engine: Engine;
}

export interface SplitEvaluation extends SplitScore {
  readonly split: string;
  readonly files: SplitFiles;
  readonly settings: Required<InferenceSettings>;
  /** Path of each image that could not be read, and why. */
  readonly badImages: ReadonlyMap<string, string>;
}

/**
 * Reads one split of a data set and scores a trained network on it. The network stays the caller's.
 *
 * @throws {Error} If the data set is incomplete or not COCO's, a box is of an unknown image, an image cannot be read.
 */
export async function evaluateSplit(
  network: LoadedNetwork,
  options: EvaluateOptions,
): Promise<SplitEvaluation> {
  const { dataDir, split = "val2017", flipTest = true, boxesFile, engine } = options;
  const files = await findSplit(dataDir, split);
  const coco = await readAnnotations(files.annotations);
  const boxes = boxesFile ? await detectedBoxes(coco, boxesFile, options.minBoxScore) : truthBoxes(coco);
  const { grid, name } = network.codec;
  const loader = createLoader({
    samples: boxes.samples,
    imageDir: files.images,
    skeleton: network.skeleton,
    inputSize: grid.inputSize,
    heatmapSize: grid.heatmapSize,
    codec: name,
    sigma: grid.sigma,
    batchSize: options.batchSize ?? 16,
    targets: false,
    ...(network.padding && { padding: network.padding }),
    skipBadImages: options.skipBadImages ?? false,
  });
  try {
    const scored = await scoreSplit(network, { files, coco, boxes }, loader, { ...options, flipTest });
    const who = { checkpoint: describeCheckpoint(network), engine: describeEngine(engine) };
    return {
      ...scored,
      split,
      files,
      settings: { ...scored.settings, ...who },
      badImages: loader.badImages,
    };
  } finally {
    await loader.close();
  }
}

/** Where persons are looked for. */
interface PersonBoxes {
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
async function detectedBoxes(coco: CocoKeypoints, file: string, minScore = 0): Promise<PersonBoxes> {
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
