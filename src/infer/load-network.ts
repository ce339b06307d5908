import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createCodec } from "../../datasets/codecs/codecs.ts";
import type { GraphOptions } from "../engine/graph/graph-function.ts";
import { buildModel, HEATMAP_STRIDE } from "../models/build-model.ts";
import { foldBatchNorm, forwardPass } from "../nn/network.ts";
import { findWeights, loadWeights, readWeightsInfo } from "../weights/weights-file.ts";
import type { WeightsInfo } from "../weights/weights-info.ts";
import { DEFAULT_WEIGHTS, isZooName } from "../weights/zoo.ts";
import type { PoseNetwork } from "./pose-network.ts";

/** A trained network, ready to use. */
export interface LoadedNetwork extends PoseNetwork {
  /** The layers behind `forward`, batch normalisation folded away. */
  readonly model: LayersModel;
  /** What its weights file says of itself. */
  readonly info: WeightsInfo;
  /** The weights file. */
  readonly checkpoint: string;
  /** The run's folder, or the folder that the weights file lies in; none for weights that the package ships. */
  readonly folder: string | undefined;
  /** Of the file's bytes, hexadecimal. */
  readonly sha256: string;
  /** Frees weights and graphs. */
  dispose(): void;
}

/**
 * Builds the network that a weights file is of and loads it, for inference. An engine has to be loaded; the caller
 * disposes the network.
 *
 * @param weights A name of the zoo, a weights file, a checkpoint, or a run's folder: its best weights, else its newest
 * checkpoint.
 * @param options.patience Batches of each size that go without a graph. @default 0
 * @throws {Error} If there is none, or it is truncated, corrupt or of a model that does not exist.
 */
export async function loadNetwork(
  weights: string = DEFAULT_WEIGHTS,
  { patience = 0 }: Pick<GraphOptions, "patience"> = {},
): Promise<LoadedNetwork> {
  const checkpoint = await findWeights(weights);
  const folder = isZooName(weights) ? undefined : checkpoint === weights ? dirname(checkpoint) : weights;
  const info = await readWeightsInfo(checkpoint);
  const model = buildModel(info.model);
  try {
    await loadWeights(model, checkpoint);
    const [height, width] = info.model.inputSize;
    const heatmapSize = [height / HEATMAP_STRIDE, width / HEATMAP_STRIDE] as const;
    const grid = { inputSize: info.model.inputSize, heatmapSize, sigma: info.codec.sigma };
    const codec = createCodec(info.codec.kind, grid);
    foldBatchNorm(model);
    const pass = forwardPass(model, { frozen: true, patience });
    return {
      model,
      forward: (crops) => pass.run([crops])[0] as tf.Tensor,
      codec,
      skeleton: info.skeleton,
      padding: info.padding,
      info,
      checkpoint,
      folder,
      sha256: await sha256Of(checkpoint),
      dispose() {
        pass.dispose();
        model.dispose();
      },
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
