import type { LayersModel } from "@tensorflow/tfjs-layers";
import { readWeights } from "./model-weights.ts";
import { writeSafetensors } from "./safetensors.ts";
import { type ClassifierInfo, INFO_KEY, type WeightsInfo } from "./weights-info.ts";

/** Saves a model's weights with what is needed to use them, atomically. */
export async function saveWeights(
  model: LayersModel,
  path: string,
  info: WeightsInfo | ClassifierInfo,
): Promise<void> {
  await writeSafetensors(path, {
    tensors: await readWeights(model),
    metadata: { [INFO_KEY]: JSON.stringify(info) },
  });
}
