import {
  initializers,
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import type { Config } from "../../src/config/schema.ts";
import { heatmapObjective, type Objective } from "../../src/train/objective.ts";
import type { BatchSource, TrainingBatch } from "../../src/train/training-batch.ts";
import type { WeightsInfo } from "../../src/weights/weights-info.ts";

export const TINY_INPUT = [16, 16] as const;
export const TINY_KEYPOINTS = 3;

/** A network of three convolutions and, unless turned off, a batch norm: [B, 16, 16, 3] to heatmaps [B, 4, 4, 3]. */
export function tinyModel(seed = 1, width = 8, withNorm = true): LayersModel {
  const conv = (name: string, filters: number, kernelSize: number, strides: number) =>
    layers.conv2d({
      name,
      filters,
      kernelSize,
      strides,
      padding: "same",
      kernelInitializer: initializers.heNormal({ seed: seed * 1000 + filters + strides }),
    });
  const relu = (name: string) => layers.activation({ name, activation: "relu" });
  const image = input({ shape: [...TINY_INPUT, 3] });
  const chain = [
    conv("stem", width, 3, 2),
    ...(withNorm ? [layers.batchNormalization({ name: "stem_norm", momentum: 0.9 })] : []),
    relu("stem_relu"),
    conv("body", width, 3, 2),
    relu("body_relu"),
    conv("heatmaps", TINY_KEYPOINTS, 1, 1),
  ];
  const outputs = chain.reduce((x, layer) => layer.apply(x) as SymbolicTensor, image);
  return model({ name: "tiny", inputs: image, outputs });
}

/** A small generator of numbers in [0, 1) (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A batch that depends on its numbers alone. Keypoint k lies at cell k, where the image is bright in channel k. */
export function tinyBatch(epoch: number, index: number, size: number, seed = 7): TrainingBatch {
  const random = randomOf(seed * 1_000_003 + epoch * 1009 + index);
  const [height, width] = TINY_INPUT;
  const images = Float32Array.from({ length: size * height * width * 3 }, () => 0.2 * (random() - 0.5));
  const heatmaps = new Float32Array(size * 16 * TINY_KEYPOINTS);
  for (let b = 0; b < size; b++) {
    for (let k = 0; k < TINY_KEYPOINTS; k++) {
      const cell = Math.floor(random() * 16);
      heatmaps[(b * 16 + cell) * TINY_KEYPOINTS + k] = 1;
      for (let i = 0; i < 16; i++) {
        const y = 4 * Math.floor(cell / 4) + (i >> 2);
        const x = 4 * (cell % 4) + (i & 3);
        images[((b * height + y) * width + x) * 3 + k] = 2;
      }
    }
  }
  const ids = Array.from({ length: size }, (_, b) => 1000 * epoch + 10 * index + b);
  const weights = new Float32Array(size * TINY_KEYPOINTS).fill(1);
  return { size, images, targets: [heatmaps, weights], imageIds: ids, annotationIds: ids, waitedMs: 0 };
}

export function tinySource(
  stepsPerEpoch = 5,
  size = 4,
  change: (batch: TrainingBatch) => TrainingBatch = (b) => b,
): BatchSource {
  return {
    stepsPerEpoch,
    async *epoch(epoch, first = 0) {
      for (let index = first; index < stepsPerEpoch; index++) yield change(tinyBatch(epoch, index, size));
    },
  };
}

export function tinyConfig(...overrides: string[]): Config {
  const text = "model: {name: tiny_tiny}\ntrain: {epochs: 2, batchSize: 4, learningRate: 0.01}\n";
  return parseConfig(text, "tiny", overrides);
}

export const TINY_INFO: Pick<WeightsInfo, "model" | "codec" | "skeleton" | "padding" | "versions"> = {
  model: { name: "tiny", inputSize: [...TINY_INPUT], numKeypoints: TINY_KEYPOINTS },
  codec: { kind: "gaussian", sigma: 2 },
  skeleton: COCO_SKELETON,
  versions: {},
};

/** The loss of the tiny network: its heatmaps' squared error. */
export const TINY_OBJECTIVE: Objective = heatmapObjective([4, 4, TINY_KEYPOINTS], { kind: "mse" });

/** Every weight's numbers, by name. */
export function weightsOf({ weights }: LayersModel): Record<string, number[]> {
  return Object.fromEntries(weights.map((w) => [w.originalName, [...w.read().dataSync()]]));
}
