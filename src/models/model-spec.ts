import type { AttentionKind } from "../nn/layers/index.ts";
import { DYNAMIC_LAYERS, type DynamicLayers } from "./blocks.ts";
import { taskOf } from "./model-name.ts";

/** What decides a network; its first weights apart, all of it goes into a weights file. */
export interface ModelSpec {
  /** `<backbone>_<head>`; with `dy-` in front backbone and head are dynamic. */
  readonly name: string;
  /** `[height, width]`, in pixels: multiples of 32. */
  readonly inputSize: readonly [number, number];
  /** Heatmaps of a keypoint network. */
  readonly numKeypoints?: number | undefined;
  /** Classes of a classifier. */
  readonly numClasses?: number | undefined;
  /** Overrides what the name says of the backbone. */
  readonly dynamicBackbone?: boolean | undefined;
  /** Overrides what the name says of the head. */
  readonly dynamicHead?: boolean | undefined;
  /** Which convolutions of a dynamic part are dynamic. @default "all" */
  readonly dynamicLayers?: DynamicLayers | undefined;
  /** K, the kernels a dynamic convolution mixes. @default 4 */
  readonly kernels?: number | undefined;
  /** r, by which the attention narrows the channels; 0 for a single layer. @default 4 */
  readonly reduction?: number | undefined;
  /** @default "softmax" */
  readonly attention?: AttentionKind | undefined;
  /** The attention's scores are divided by it. @default 1 */
  readonly temperature?: number | undefined;
  /** Squeeze-and-excitation in every block of the backbone, or in none. @default where the network has it */
  readonly squeezeExcite?: boolean | undefined;
  /** Share of a classifier's last features that is dropped in training. @default torchvision's: 0.2, ResNet 0 */
  readonly dropout?: number | undefined;
  /** Seed of the first weights and of dropout. @default 0 */
  readonly seed?: number | undefined;
  /** Draw the first weights; without, convolutions start at zero, for weights that are loaded. @default true */
  readonly initialize?: boolean | undefined;
}

/** Image pixels a cell of the backbone's output covers, along each axis. */
const BACKBONE_STRIDE = 32;

const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;

/** Of each value that a spec may hold: what it should be, and whether it is. */
const CHECKS: readonly [keyof ModelSpec, string, (value: never) => boolean][] = [
  ["kernels", "a whole number of at least 1", isCount],
  [
    "reduction",
    "0 (a single layer) or more",
    (value: number) => value >= 0 && value < Number.POSITIVE_INFINITY,
  ],
  ["attention", '"softmax" or "sigmoid"', (value: string) => value === "softmax" || value === "sigmoid"],
  ["temperature", "more than 0", (value: number) => value > 0 && value < Number.POSITIVE_INFINITY],
  ["dynamicLayers", DYNAMIC_LAYERS.join(", "), (value: DynamicLayers) => DYNAMIC_LAYERS.includes(value)],
  ["dropout", "a share from 0 to below 1", (value: number) => value >= 0 && value < 1],
];

/**
 * Refuses a spec that no network can be built of.
 *
 * @throws {RangeError} Naming the value's path, what was expected and what it is.
 */
export function checkModelSpec(spec: ModelSpec): void {
  const [height, width] = spec.inputSize;
  if (![height, width].every((pixels) => isCount(pixels) && pixels % BACKBONE_STRIDE === 0)) {
    throw new RangeError(
      `model.inputSize: expected multiples of ${BACKBONE_STRIDE} pixels, got ${height}x${width}`,
    );
  }
  for (const [key, expected, isRight] of CHECKS) {
    const value = spec[key];
    if (value !== undefined && !isRight(value as never)) {
      throw new RangeError(`model.${key}: expected ${expected}, got ${value}`);
    }
  }
  if (spec.dynamicHead && taskOf(spec.name) === "classification") {
    throw new RangeError(`model.dynamicHead: expected a keypoint network's, got true for ${spec.name}`);
  }
  const outputs = taskOf(spec.name) === "keypoints" ? "numKeypoints" : "numClasses";
  if (!isCount(spec[outputs])) {
    throw new RangeError(
      `model.${outputs}: expected a whole number of at least 1 for ${spec.name}, got ${spec[outputs]}`,
    );
  }
}
