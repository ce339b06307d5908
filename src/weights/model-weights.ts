import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { HostTensor } from "./safetensors.ts";

type LayerVariable = LayersModel["weights"][number];

/**
 * A model's weights (trained ones and moving statistics) by the names they have in files: `layer/weight`.
 *
 * @throws {Error} If two share a name: a file could not tell them apart.
 */
export function namedWeights(model: LayersModel): Map<string, LayerVariable> {
  const named = new Map<string, LayerVariable>();
  for (const weight of model.weights) {
    if (named.has(weight.originalName)) {
      throw new Error(`${model.name}: expected distinct weight names, got ${weight.originalName} twice`);
    }
    named.set(weight.originalName, weight);
  }
  return named;
}

/** Copies a model's weights off the engine. */
export async function readWeights(model: LayersModel): Promise<Map<string, HostTensor>> {
  const host = new Map<string, HostTensor>();
  for (const [name, weight] of namedWeights(model)) host.set(name, await toHost(weight.read()));
  return host;
}

/** A tensor's numbers, off the engine. The tensor stays the caller's. */
async function toHost(tensor: tf.Tensor): Promise<HostTensor> {
  return { shape: tensor.shape, data: (await tensor.data()) as Float32Array };
}

/**
 * Puts weights into a model of the same shape.
 *
 * @param where Names the weights in errors: a path as a rule.
 * @param source The model they are weights of, where that is known: named in the error beside the model.
 * @throws {Error} Listing every missing, extra and misshapen tensor, and naming both models; the model is unchanged.
 */
export function writeWeights(
  model: LayersModel,
  tensors: ReadonlyMap<string, HostTensor>,
  where: string,
  source = "another model",
): void {
  const weights = namedWeights(model);
  const problems = differences(weights, tensors);
  if (problems.length > 0) {
    throw new Error(
      `${where}: expected weights of ${model.name}, got those of ${source}: ${problems.join("; ")}`,
    );
  }
  for (const [name, weight] of weights) assign(weight, tensors.get(name) as HostTensor);
}

/**
 * Puts in those weights that have a counterpart of the same name and shape, and leaves the others: what starting from
 * another network's backbone needs.
 *
 * @returns Names of the weights that were taken.
 */
export function writeMatchingWeights(model: LayersModel, tensors: ReadonlyMap<string, HostTensor>): string[] {
  const taken: string[] = [];
  for (const [name, weight] of namedWeights(model)) {
    const tensor = tensors.get(name);
    if (!tensor || !sameShape(tensor.shape, weight.shape)) continue;
    assign(weight, tensor);
    taken.push(name);
  }
  return taken;
}

/** What has a shape, some of whose sides may be unknown. */
interface Shaped {
  readonly shape: readonly (number | null)[];
}

/** What keeps tensors from being those expected, every one by name: missing, extra, misshapen. */
export function differences(
  weights: ReadonlyMap<string, Shaped>,
  tensors: ReadonlyMap<string, HostTensor>,
): string[] {
  const missing = [...weights.keys()].filter((name) => !tensors.has(name));
  const extra = [...tensors.keys()].filter((name) => !weights.has(name));
  const misshapen = [...weights].flatMap(([name, weight]) => {
    const got = tensors.get(name)?.shape;
    return got && !sameShape(got, weight.shape) ? [`${name} [${got}] instead of [${weight.shape}]`] : [];
  });
  return [list("missing", missing), list("extra", extra), list("misshapen", misshapen)].flat();
}

function list(kind: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`${names.length} ${kind}: ${names.join(", ")}`] : [];
}

function sameShape(a: readonly number[], b: readonly (number | null)[]): boolean {
  return a.length === b.length && a.every((side, axis) => side === b[axis]);
}

function assign(weight: LayerVariable, tensor: HostTensor): void {
  const value = tf.tensor(tensor.data as Float32Array, tensor.shape as number[], weight.dtype as "float32");
  weight.write(value);
  value.dispose();
}
