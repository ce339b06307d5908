import type { Box } from "../../datasets/crop/crop-geometry.ts";
import { readImage } from "../../datasets/image/read-image.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import type { Engine, EngineChoice } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { type DetectOptions, detectPoses, type Pose } from "./detect-poses.ts";
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
}

/**
 * A trained network that finds poses in pictures: loaded once, used as often as wanted, each call on its own.
 *
 * ```ts
 * const predictor = await PosePredictor.load("runs/coco");
 * const [pose] = await predictor.detect("photo.jpg", [{ x: 40, y: 20, width: 180, height: 400 }]);
 * console.log(pose.keypoints.find(({ name }) => name === "left_wrist"));
 * predictor.dispose();
 * ```
 */
export class PosePredictor {
  readonly network: LoadedNetwork;
  readonly engine: Engine;

  private constructor(network: LoadedNetwork, engine: Engine) {
    this.network = network;
    this.engine = engine;
  }

  /**
   * Starts an engine, builds the network that the weights are of and loads them.
   *
   * @param weights A run's folder (its best weights) or a weights file.
   * @throws {Error} If the engine does not work, or the weights are missing, truncated or corrupt.
   */
  static async load(weights: string, options: PredictorOptions = {}): Promise<PosePredictor> {
    const { engine = "auto", verbose = false, patience = 0 } = options;
    const started = await loadEngine(engine, { verbose });
    return new PosePredictor(await loadNetwork(weights, { patience }), started);
  }

  /**
   * Finds the pose of the person in each box; without boxes, of one person who fills the picture.
   *
   * @param image A picture's path (turned upright as its EXIF orientation says), or pixels.
   * @returns One pose a box, in the order of the boxes.
   * @throws {Error} If the picture cannot be read, or a box lies outside it.
   */
  async detect(
    image: string | RgbImage,
    boxes?: readonly Box[],
    options: DetectOptions = {},
  ): Promise<Pose[]> {
    const pixels = typeof image === "string" ? await readPhotograph(image) : image;
    return detectPoses(this.network, pixels, boxes, options);
  }

  /** Frees the network; the engine stays. */
  dispose(): void {
    this.network.dispose();
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
