import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model } from "@tensorflow/tfjs-layers";
import { createCodec } from "../../datasets/codecs/codecs.ts";
import { boxOfTuple, cropOfBox } from "../../datasets/crop/crop-geometry.ts";
import type { Batch } from "../../datasets/loader/batch.ts";
import type { BoxTuple } from "../../eval/keypoint-data.ts";
import type { PoseNetwork } from "../../src/infer/pose-network.ts";

/** [H, W] and [h, w]: stride 4. */
export const INPUT_SIZE = [64, 48] as const;
const HEATMAP_SIZE = [16, 12] as const;

/**
 * A network whose heatmaps are painted in its input: the mean of each 4x4 pixels of red, green and blue is the cell of
 * keypoint 0, 1 and 2. It answers mirrored crops with mirrored heatmaps, as a perfectly trained one would.
 */
export function paintedNetwork(flipPairs: PoseNetwork["skeleton"]["flipPairs"] = []): PoseNetwork {
  const crops = input({ shape: [...INPUT_SIZE, 3] });
  const heatmaps = layers.averagePooling2d({ poolSize: 4, strides: 4 }).apply(crops) as typeof crops;
  const painted = model({ inputs: crops, outputs: heatmaps });
  return {
    forward: (images) => painted.predict(images) as tf.Tensor,
    codec: createCodec("gaussian", { inputSize: INPUT_SIZE, heatmapSize: HEATMAP_SIZE, sigma: 1 }),
    skeleton: {
      name: "three",
      keypoints: ["red", "green", "blue"],
      flipPairs,
      edges: [],
      sigmas: [0.05, 0.05, 0.05],
    },
  };
}

/** One person of a painted batch: where in the crop (pixels) its three keypoints are, and how high their peaks. */
export interface PaintedPerson {
  readonly imageId: number;
  readonly annotationId: number;
  readonly box: BoxTuple;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly peak: number;
}

export function paintedBatch(network: PoseNetwork, persons: readonly PaintedPerson[]): Batch {
  const { codec } = network;
  const [height, width] = codec.grid.inputSize;
  const [h, w] = codec.grid.heatmapSize;
  const images = new Float32Array(persons.length * height * width * 3);
  for (const [sample, { points, peak }] of persons.entries()) {
    const heatmaps = new Float32Array(h * w * 3);
    codec.encode(
      points.flatMap(([x, y]) => [x, y, 2]),
      heatmaps,
      new Float32Array(3),
    );
    const image = images.subarray(sample * height * width * 3, (sample + 1) * height * width * 3);
    for (const i of image.keys()) {
      const channel = i % 3;
      const column = Math.floor((Math.floor(i / 3) % width) / 4);
      const row = Math.floor(Math.floor(i / 3 / width) / 4);
      image[i] = peak * (heatmaps[(row * w + column) * 3 + channel] as number);
    }
  }
  return {
    step: 0,
    size: persons.length,
    images,
    heatmaps: new Float32Array(0),
    weights: new Float32Array(0),
    crops: persons.map(({ box }) => cropOfBox(boxOfTuple(box), codec.grid.inputSize)),
    imageIds: persons.map(({ imageId }) => imageId),
    annotationIds: persons.map(({ annotationId }) => annotationId),
    boxes: persons.map(({ box }) => boxOfTuple(box)),
    waitedMs: 0,
  };
}

/** Tensors alive. */
export function tensorCount(): number {
  return tf.memory().numTensors;
}
