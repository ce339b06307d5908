import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { closest } from "fastest-levenshtein";
import { setTemperature } from "../nn/attention.ts";
import { readWeights, writeWeights } from "./model-weights.ts";
import { type HostTensor, readSafetensors, readSafetensorsHeader, writeSafetensors } from "./safetensors.ts";
import {
  type ClassifierInfo,
  INFO_KEY,
  parseNetworkInfo,
  parseWeightsInfo,
  type WeightsInfo,
} from "./weights-info.ts";
import { findZooWeights, isZooName, ZOO, type ZooName } from "./zoo.ts";

/**
 * Checkpoints hold more than weights; what is not a weight carries one of these before its name. A colon cannot be
 * part of a layer's name.
 */
export const EMA_PREFIX = "ema:";
export const OPTIMIZER_PREFIX = "optimizer:";

/**
 * Loads a weights file or a checkpoint into a model. Of a checkpoint that keeps an average of the weights (EMA), the
 * average is taken: it is what the run evaluates. The attention gets the temperature the weights were trained with.
 *
 * @throws {Error} If the file is of another model (both named, every difference listed), truncated or corrupt; the
 * model is unchanged then.
 */
export async function loadWeights(model: LayersModel, path: string): Promise<WeightsInfo | ClassifierInfo> {
  const { tensors, info } = await readWeightsFile(path);
  writeWeights(model, tensors, path, info.model.name);
  setTemperature(model, info.temperature);
  return info;
}

/** The weights of a file, EMA's in place of those it averages, and what the file says of itself. */
export async function readWeightsFile(
  path: string,
): Promise<{ tensors: Map<string, HostTensor>; info: WeightsInfo | ClassifierInfo }> {
  const { tensors, metadata } = await readSafetensors(path, (name) => !name.startsWith(OPTIMIZER_PREFIX));
  const weights = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors) if (!name.startsWith(EMA_PREFIX)) weights.set(name, tensor);
  for (const [name, tensor] of tensors) {
    if (name.startsWith(EMA_PREFIX)) weights.set(name.slice(EMA_PREFIX.length), tensor);
  }
  return { tensors: weights, info: parseNetworkInfo(path, metadata) };
}

/** What a keypoint network's weights file says of itself, without reading its tensors. */
export async function readWeightsInfo(path: string): Promise<WeightsInfo> {
  return parseWeightsInfo(path, (await readSafetensorsHeader(path)).metadata);
}

/**
 * The file with the weights that are meant: by a name of the zoo what the package ships, its checksum tested; by a path
 * the file itself, or of a run's folder the best weights, else its newest checkpoint. A name comes before a path that is
 * spelt alike: `./NAME` is the path.
 *
 * @throws {Error} If there is nothing, naming what was looked for; or if the weights shipped are not what was packed.
 */
export async function findWeights(path: string): Promise<string> {
  if (isZooName(path)) return findPoseWeights(path);
  const found = await stat(path).catch(() => undefined);
  if (!found)
    throw new Error(`${path}: expected a weights file, a run's folder or a name, got nothing${hint(path)}`);
  if (!found.isDirectory()) return path;
  const best = join(path, "best.safetensors");
  if (await stat(best).catch(() => undefined)) return best;
  const newest = (await listCheckpoints(path)).at(-1);
  if (!newest) {
    throw new Error(`${path}: expected best.safetensors or checkpoints/ in the run's folder, got neither`);
  }
  return newest;
}

function findPoseWeights(name: ZooName): Promise<string> {
  if (ZOO[name].kind === "pose") return findZooWeights(name);
  throw new Error(`${name}: expected weights of a keypoint network, got those of a person detector`);
}

/** The name that is spelt most like what is not there, unless that looks like a path. */
function hint(path: string): string {
  if (/[\\/]|\.safetensors$/.test(path)) return "";
  const names = Object.keys(ZOO).filter((name) => ZOO[name as ZooName].kind === "pose");
  return `; did you mean ${closest(path, names)}?`;
}

/** Checkpoints of a run's folder, oldest first: their names carry the step, zero-padded. */
export async function listCheckpoints(runFolder: string): Promise<string[]> {
  const folder = join(runFolder, "checkpoints");
  const names = await readdir(folder).catch(() => [] as string[]);
  return names
    .filter((name) => /^step-\d+\.safetensors$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

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
