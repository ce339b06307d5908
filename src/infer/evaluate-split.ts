import type { CocoKeypoints } from "../../datasets/coco/coco-keypoints.ts";
import { readAnnotations, truthOf } from "../../datasets/coco/read-annotations.ts";
import { findSplit, type SplitFiles } from "../../datasets/coco/split-files.ts";
import { createLoader, type Loader } from "../../datasets/loader/loader.ts";
import { evaluateKeypoints, type KeypointEvaluation } from "../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import type { PersonDetector } from "../detect/person-detector.ts";
import type { Engine } from "../engine/engine.ts";
import {
  describeCheckpoint,
  describeEngine,
  describeSettings,
  type InferenceSettings,
} from "./inference-settings.ts";
import type { LoadedNetwork } from "./load-network.ts";
import type { NmsOptions } from "./oks-nms.ts";
import { boxesOfDetector, boxesOfFile, type PersonBoxes, truthBoxes } from "./person-boxes.ts";
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
  const bad = loader.badImages.size + (boxes.badImages?.size ?? 0);
  const images = describeImages(files.annotations, coco.images.length, bad);
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
  /** A detections file; without, and without a detector, the labelled persons' boxes. */
  readonly boxesFile?: string | undefined;
  /** Looks for the persons itself, and stays the caller's. */
  readonly detector?: PersonDetector | undefined;
  /** Detections below it are left out. @default 0 of a file, 0.2 of the detector */
  readonly minBoxScore?: number | undefined;
  /** Called after each image that the detector has looked at. */
  readonly onDetected?: (images: number, total: number) => void;
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
  const boxes = options.detector
    ? await boxesOfDetector(coco, options.detector, {
        imageDir: files.images,
        minScore: options.minBoxScore,
        skipBadImages: options.skipBadImages ?? false,
        onProgress: options.onDetected,
      })
    : boxesFile
      ? await boxesOfFile(coco, boxesFile, options.minBoxScore)
      : truthBoxes(coco);
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
      badImages: new Map([...(boxes.badImages ?? []), ...loader.badImages]),
    };
  } finally {
    await loader.close();
  }
}
