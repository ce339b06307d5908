import type { LayersModel } from "@tensorflow/tfjs-layers";
import { BatchNorm } from "../../nn/layers/index.ts";
import { differences } from "../model-weights.ts";
import type { HostTensor } from "../safetensors.ts";
import type { Naming } from "./naming.ts";
import { sourceTensors } from "./source-tensors.ts";

/** What PyTorch counts beside its weights, and nothing needs. */
const COUNTER = ".num_batches_tracked";

/**
 * Turns another library's tensors into the weights of a static classifier of ours: names, and the order of axes.
 *
 * @param tensors All of the file's.
 * @param where What names the file in errors.
 * @returns By our names, with the classifier's shapes.
 * @throws {Error} Listing every missing, extra and misshapen tensor.
 */
export function translate(
  classifier: LayersModel,
  tensors: ReadonlyMap<string, HostTensor>,
  naming: Naming,
  where: string,
): Map<string, HostTensor> {
  const sources = sourceTensors(classifier, naming);
  const expected = new Map([...sources.values()].map((source) => [source.name, source]));
  const weights = new Map([...tensors].filter(([name]) => !name.endsWith(COUNTER)));
  const problems = differences(expected, weights);
  if (problems.length > 0) {
    throw new Error(`${where}: expected the weights of ${classifier.name}, got ${problems.join("; ")}`);
  }
  const translated = new Map<string, HostTensor>();
  for (const [ours, { name }] of sources) {
    translated.set(ours, outputsLast(weights.get(name) as HostTensor));
  }
  for (const layer of classifier.layers) {
    if (layer instanceof BatchNorm && naming.epsilon !== undefined) {
      keepOutput(translated, layer.name, naming.epsilon, layer.epsilon);
    }
  }
  return shapedLike(classifier, translated);
}

/** `[Co, Ci, kh, kw]` to `[kh, kw, Ci, Co]`; a vector stays. */
function outputsLast({ shape, data }: HostTensor): HostTensor {
  if (shape.length < 2) return { shape, data };
  const [outputs = 1, inputs = 1, ...window] = shape;
  const taps = window.reduce((product, size) => product * size, 1);
  const moved = new Float32Array(data.length);
  for (let output = 0, from = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) {
        moved[(tap * inputs + input) * outputs + output] = Number(data[from++]);
      }
    }
  }
  return { shape: [...window, inputs, outputs], data: moved };
}

/** Batch norm divides by √(variance + ε): where the ε differ, the scale makes up for it. */
function keepOutput(tensors: Map<string, HostTensor>, norm: string, theirs: number, ours: number): void {
  const scale = tensors.get(`${norm}/scale`) as HostTensor;
  const variance = tensors.get(`${norm}/moving_variance`)?.data as Float32Array;
  const data = Float32Array.from(variance, (value, i) => {
    return Number(scale.data[i]) * Math.sqrt((value + ours) / (value + theirs));
  });
  tensors.set(`${norm}/scale`, { shape: scale.shape, data });
}

/** Depthwise kernels `[kh, kw, 1, C]` are `[kh, kw, C, 1]` here, and dense layers have no window: the same numbers. */
function shapedLike(
  classifier: LayersModel,
  tensors: ReadonlyMap<string, HostTensor>,
): Map<string, HostTensor> {
  return new Map(
    classifier.weights.map(({ originalName, shape }) => {
      const { data } = tensors.get(originalName) as HostTensor;
      return [originalName, { shape: shape as number[], data }];
    }),
  );
}
