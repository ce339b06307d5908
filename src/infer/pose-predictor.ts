import type { Box } from "../../datasets/crop/crop-geometry.ts";
import { readImage } from "../../datasets/image/read-image.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import { loadNanodet } from "../detect/load-nanodet.ts";
import type { PersonDetector } from "../detect/person-detector.ts";
import type { Engine, EngineChoice } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { type TimedImage, type TrackedFrame, trackPoses } from "../track/track-poses.ts";
import { DEFAULT_WEIGHTS } from "../weights/zoo.ts";
import { boxesInImage, detectPoses, type Pose } from "./detect-poses.ts";
import { type FindOptions, findPersons } from "./find-persons.ts";
import { type LoadedNetwork, loadNetwork } from "./load-network.ts";

export interface PredictorOptions {
  /** @default "auto": the best that works */
  readonly engine?: EngineChoice;
  /** Let TensorFlow print its own log lines. @default false */
  readonly verbose?: boolean | undefined;
  /**
   * Batches of each size that go without a graph: a picture or two do not repay making one. Their results differ from a
   * graph's in the last bits. @default 0
   */
  readonly patience?: number;
  /**
   * Who says where people are, when no boxes are given: the one that comes with the package, loaded when it is first
   * needed; one of your own, which stays yours to dispose; or nobody, and the whole picture is one person's box.
   * @default "nanodet"
   */
  readonly detector?: PersonDetector | "nanodet" | "none" | undefined;
}

export interface TrackOptions extends FindOptions {
  /** What the detector gives a box at least. @default 0.35 */
  readonly minPersonScore?: number | undefined;
  /** Average with the mirrored image: twice the time, and hardly better in a video. @default false */
  readonly flipTest?: boolean;
  /** Frames from one run of the detector to the next; it runs sooner when somebody is lost. @default 10 */
  readonly detectEvery?: number | undefined;
  /** Take the jitter off the joints. @default true */
  readonly smooth?: boolean | undefined;
}

/**
 * A trained network that finds poses in pictures: loaded once, used as often as wanted, each call on its own.
 *
 * ```ts
 * const predictor = await PosePredictor.load();
 * for (const pose of await predictor.detect("photo.jpg")) {
 *   console.log(pose.score, pose.keypoints.find(({ name }) => name === "left_wrist"));
 * }
 * predictor.dispose();
 * ```
 */
export class PosePredictor {
  readonly network: LoadedNetwork;
  readonly engine: Engine;
  private readonly choice: PersonDetector | "nanodet" | "none";
  private readonly patience: number;
  /** Loaded when it is first needed. */
  private nanodet: PersonDetector | undefined;
  private loading: Promise<PersonDetector> | undefined;
  private isDisposed = false;

  private constructor(network: LoadedNetwork, engine: Engine, options: PredictorOptions) {
    this.network = network;
    this.engine = engine;
    this.choice = options.detector ?? "nanodet";
    this.patience = options.patience ?? 0;
  }

  /**
   * Starts an engine, builds the network that the weights are of and loads them.
   *
   * @param weights What the package ships, by name; a run's folder (its best weights); or a weights file.
   * @default "dy-mobilenetv2-1.0_bottleneck_256x192"
   * @throws {Error} If the engine does not work, or the weights are missing, truncated or corrupt.
   */
  static async load(
    weights: string = DEFAULT_WEIGHTS,
    options: PredictorOptions = {},
  ): Promise<PosePredictor> {
    const { engine = "auto", verbose = false, patience = 0 } = options;
    const started = await loadEngine(engine, { verbose });
    return new PosePredictor(await loadNetwork(weights, { patience }), started, options);
  }

  /**
   * Finds everybody in a picture, or the pose of the person in each box. Leaves no tensor behind.
   *
   * @param image A picture's path (turned upright as its EXIF orientation says), or pixels.
   * @param boxes Where persons are; without, the detector looks for them.
   * @returns Best score first, empty if nobody is there; with boxes, one pose a box in the order of the boxes.
   * @throws {Error} If the picture cannot be read, or a box lies outside it.
   */
  async detect(image: string | RgbImage, boxes?: readonly Box[], options: FindOptions = {}): Promise<Pose[]> {
    const pixels = typeof image === "string" ? await readPhotograph(image) : image;
    const detector = boxes ? undefined : await this.detector();
    return detector
      ? findPersons(this.network, detector, pixels, options)
      : detectPoses(this.network, pixels, boxes, options);
  }

  /**
   * Follows people through frames as they come; each person keeps an id. Holds no frame but the one it has yielded.
   *
   * ```ts
   * const video = await probeVideo({ kind: "video", path: "walk.mp4" });
   * for await (const { seconds, persons } of predictor.track(readFrames(video))) {
   *   for (const { id, keypoints } of persons) console.log(seconds, id, keypoints[0]);
   * }
   * ```
   *
   * @param frames Pictures with their times, from any source.
   * @throws Whatever `frames` throws; {RangeError} if time does not go on.
   */
  async *track<F extends TimedImage>(
    frames: AsyncIterable<F>,
    options: TrackOptions = {},
  ): AsyncGenerator<TrackedFrame<Pose, F>, void, undefined> {
    const { minPersonScore, maxPersons, detectEvery, smooth, flipTest = false, ...rest } = options;
    const detector = await this.detector();
    const found = { minScore: minPersonScore, maxPersons };
    yield* trackPoses<Pose, F>(frames, {
      sigmas: this.network.skeleton.sigmas,
      detect: async (image) => (detector ? detector.detect(image, found) : boxesInImage(image)),
      estimate: (image, boxes) => detectPoses(this.network, image, boxes, { ...rest, flipTest }),
      ...(detectEvery !== undefined && { detectEvery }),
      ...(smooth !== undefined && { smooth }),
      ...(maxPersons !== undefined && { maxPersons }),
    });
  }

  /** Undefined where the whole picture is one person's box. */
  private async detector(): Promise<PersonDetector | undefined> {
    if (this.choice === "none") return undefined;
    if (this.choice !== "nanodet") return this.choice;
    this.loading ??= this.loadDetector().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  private async loadDetector(): Promise<PersonDetector> {
    const detector = await loadNanodet({ patience: this.patience });
    if (this.isDisposed) detector.dispose();
    this.nanodet = detector;
    return detector;
  }

  /** Frees the network, and the detector if it was loaded here; the engine stays. */
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.network.dispose();
    this.nanodet?.dispose();
  }
}

/**
 * Reads a picture as people see it: upright as its EXIF orientation says, its colour profile applied. (Data sets are read
 * as stored: that is what their annotations refer to.)
 *
 * @throws {Error} Naming the path, if it is missing, not a picture, or cut short.
 */
export function readPhotograph(path: string): Promise<RgbImage> {
  return readImage(path, { upright: true, colourProfile: true });
}
