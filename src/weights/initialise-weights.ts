import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../datasets/random.ts";
import { dynamicLayers } from "../nn/attention.ts";
import { nameKey } from "../nn/layers/layer.ts";
import { writeMatchingWeights } from "./model-weights.ts";
import type { HostTensor } from "./safetensors.ts";
import { readWeightsFile } from "./weights-file.ts";

interface InitialiseOptions {
  /**
   * Standard deviation of what is added to each of the K kernels, as a share of the static kernel's own. Without, the
   * kernels differ only as training moves them apart.
   * @default 0
   */
  readonly noise?: number;
  /** Of the noise. @default 0 */
  readonly seed?: number;
}

type DynamicLayer = ReturnType<typeof dynamicLayers>[number];

/**
 * Initialises a network from another one's weights: those of the same name and shape are taken as they are, and a static
 * convolution's become each of the K kernels (and biases) of the dynamic one in its place. Its attention stays as it
 * is: weights that sum to one leave the static network's output, whatever they are.
 *
 * @returns Names of the model's weights that were taken.
 * @throws {RangeError} If a dynamic convolution would start from a static one and its attention does not sum to one.
 */
export function initialiseWeights(
  model: LayersModel,
  tensors: ReadonlyMap<string, HostTensor>,
  { noise = 0, seed = 0 }: InitialiseOptions = {},
): string[] {
  if (!(noise >= 0 && noise < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`initialiseWeights: expected a noise of 0 or more, got ${noise}`);
  }
  const expanded = new Map(tensors);
  for (const layer of dynamicLayers(model)) {
    const [kernel, bias] = [tensors.get(`${layer.name}/kernel`), tensors.get(`${layer.name}/bias`)];
    if (kernel?.shape.length !== 4) continue;
    checkAttention(layer);
    const repeated = repeatBefore(kernel, 2, layer.kernels);
    addNoise(repeated, noise * deviationOf(kernel), [seed, nameKey(layer.name)]);
    expanded.set(`${layer.name}/kernel`, repeated);
    if (bias) expanded.set(`${layer.name}/bias`, repeatBefore(bias, 0, layer.kernels));
  }
  return writeMatchingWeights(model, expanded);
}

/** Share of the file's weights, or of the model's, that has to fit: fewer are an accident of names. */
const LEAST_SHARE = 0.5;

/**
 * {@link initialiseWeights} from a file: `train.initialWeights`.
 *
 * @throws {Error} If the file cannot be read, or too few of its weights fit.
 */
export async function initialiseFromFile(model: LayersModel, path: string): Promise<string[]> {
  const { tensors, info } = await readWeightsFile(path);
  const taken = initialiseWeights(model, tensors);
  if (taken.length >= LEAST_SHARE * Math.min(tensors.size, model.weights.length)) return taken;
  throw new Error(
    `${path}: expected weights that fit ${model.name}, got those of ${info.model.name}: ${taken.length || "none"} of ${tensors.size} do`,
  );
}

function checkAttention({ name, attention }: DynamicLayer): void {
  if (attention === "softmax") return;
  throw new RangeError(
    `${name}.attention: expected "softmax" to start from a static kernel (it sums to one, so that the output stays), got "${attention}"`,
  );
}

/** Puts an axis of `count` equal copies before axis `axis`. */
function repeatBefore(
  { shape, data }: HostTensor,
  axis: number,
  count: number,
): HostTensor & { data: Float32Array } {
  const size = shape.slice(axis).reduce((product, length) => product * length, 1);
  const source = data as Float32Array;
  const copies = new Float32Array(source.length * count);
  for (let from = 0, to = 0; from < source.length; from += size) {
    const part = source.subarray(from, from + size);
    for (let copy = 0; copy < count; copy++, to += size) copies.set(part, to);
  }
  return { shape: [...shape.slice(0, axis), count, ...shape.slice(axis)], data: copies };
}

function deviationOf({ data }: HostTensor): number {
  const values = data as Float32Array;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function addNoise({ data }: { data: Float32Array }, deviation: number, key: number[]): void {
  if (deviation === 0) return;
  const random = createRandom(...key);
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) + deviation * random.normal();
}
