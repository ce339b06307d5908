import type { LayersModel } from "@tensorflow/tfjs-layers";
import { buildModel } from "../../models/build-model.ts";
import { parseModelName } from "../../models/model-name.ts";
import { BatchNorm } from "../../nn/layers/index.ts";
import { differences, namedWeights } from "../model-weights.ts";
import { type HostTensor, readSafetensors } from "../safetensors.ts";
import { type BlockPart, type ModulePair, type Naming, namingOf, type WeightsLibrary } from "./namings.ts";

/** ImageNet's, as torchvision and timm have it: errors name it where a file has no classifier to count by. */
const DEFAULT_CLASSES = 1000;

/**
 * Reads a classifier's weights that another library saved. An engine has to be loaded.
 *
 * @param modelName The model they are for; its backbone alone decides how they are read.
 * @returns Weights of dypose's static classifier with that backbone and the file's classes, by dypose's names.
 * @throws {RangeError} If the library has no such network.
 * @throws {Error} If the file cannot be read, or listing every tensor that is missing, extra or misshapen.
 */
export async function importWeights(
  path: string,
  library: WeightsLibrary,
  modelName: string,
): Promise<Map<string, HostTensor>> {
  const naming = namingOf(library, parseModelName(modelName).backbone);
  const { tensors } = await readSafetensors(path);
  const classes = tensors.get(`${naming.outside["classes"]?.[0]}.weight`);
  const classifier = buildModel({
    name: modelName.replace(/^dy-/, "").replace(/_.*$/, "_classifier"),
    inputSize: [32, 32],
    numClasses: classes?.shape[0] || DEFAULT_CLASSES,
    initialize: false,
  });
  try {
    return translate(classifier, tensors, naming, path);
  } finally {
    classifier.dispose();
  }
}

/** A counter that PyTorch keeps beside its weights; nothing needs it. */
const COUNTER = ".num_batches_tracked";

/**
 * Turns another library's tensors into the weights of a static classifier: names, and the order of axes.
 *
 * @param tensors All of the file's.
 * @param where What names the file in errors.
 * @returns By the classifier's names, with its shapes.
 * @throws {Error} Listing every missing, extra and misshapen tensor.
 */
function translate(
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

/** Depthwise kernels `[kh, kw, 1, C]` become `[kh, kw, C, 1]`, and dense layers lose their window: the same numbers. */
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

/** Where a weight of the classifier comes from. */
interface SourceTensor {
  /** Its name in the other library's file. */
  readonly name: string;
  /** Its shape there. */
  readonly shape: readonly number[];
}

/** A layer with weights: `stage3_block1_expand_conv`, `stem_norm`, `classes`. */
const LAYER = /^(?:stage(\d+)_block(\d+)_)?([a-z]+)(?:_(conv|norm))?$/;

/** Which of a pair's modules holds a weight, and the weight's name in that module. */
const PARAMETERS: Readonly<Record<string, readonly [module: 0 | 1, name: string]>> = {
  kernel: [0, "weight"],
  bias: [0, "bias"],
  scale: [1, "weight"],
  offset: [1, "bias"],
  moving_mean: [1, "running_mean"],
  moving_variance: [1, "running_var"],
  hidden_kernel: [0, "weight"],
  hidden_bias: [0, "bias"],
  output_kernel: [1, "weight"],
  output_bias: [1, "bias"],
};

/**
 * The name and shape that every weight of a static classifier has in another library's file.
 *
 * @returns By the classifier's names.
 */
export function sourceTensors(classifier: LayersModel, naming: Naming): Map<string, SourceTensor> {
  const sources = new Map<string, SourceTensor>();
  const partOf = blockParts(classifier);
  for (const [ours, { shape }] of namedWeights(classifier)) {
    const [layer = "", weight = ""] = ours.split("/");
    const part = partOf(layer);
    const [module, parameter] = PARAMETERS[weight] as readonly [0 | 1, string];
    const modules = typeof part === "string" ? (naming.outside[part] as ModulePair) : naming.block(part);
    const name = `${modules[module]}.${parameter}`;
    sources.set(ours, { name, shape: sourceShape(ours, shape as number[], naming) });
  }
  return sources;
}

/** Finds a layer's place: its name outside the blocks, or its part within a block. */
function blockParts({ layers }: LayersModel): (layer: string) => string | BlockPart {
  const blocks = new Map<string, Set<string>>();
  for (const { name, weights } of layers) {
    const [, stage, block, part = ""] = LAYER.exec(name) ?? [];
    if (!stage || weights.length === 0) continue;
    const parts = blocks.get(`${stage}.${block}`) ?? new Set<string>();
    blocks.set(`${stage}.${block}`, parts.add(part));
  }
  const order = [...blocks.keys()];
  return (layer) => {
    const [, stage, block, part = layer] = LAYER.exec(layer) ?? [];
    if (!stage) return part;
    const key = `${stage}.${block}`;
    const parts = [...(blocks.get(key) ?? [])];
    return {
      stage: Number(stage),
      block: Number(block) - 1,
      index: order.indexOf(key) + 1,
      part,
      position: parts.indexOf(part),
      convolution: parts.filter((other) => other !== "squeeze").indexOf(part),
      hasExpansion: parts.includes("expand"),
    };
  };
}

/** PyTorch puts output channels first: `[Co, Ci, kh, kw]`, `[C, 1, kh, kw]` where depthwise, `[units, C]` where dense. */
function sourceShape(ours: string, shape: readonly number[], { hiddenIsConv = false }: Naming): number[] {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  if (shape.length === 4) return ours.includes("_depthwise_") ? [c, d, a, b] : [d, c, a, b];
  if (shape.length < 2) return [...shape];
  const isConv = ours.includes("_squeeze/") || (hiddenIsConv && ours.startsWith("hidden/"));
  return isConv ? [b, a, 1, 1] : [b, a];
}
