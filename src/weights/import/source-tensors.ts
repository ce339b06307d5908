import type { LayersModel } from "@tensorflow/tfjs-layers";
import { namedWeights } from "../model-weights.ts";
import type { BlockPart, ModulePair, Naming } from "./naming.ts";

/** Where a weight of ours comes from. */
export interface SourceTensor {
  /** Its name in the other library's file. */
  readonly name: string;
  /** Its shape there. */
  readonly shape: readonly number[];
}

/** A layer of ours with weights: `stage3_block1_expand_conv`, `stem_norm`, `classes`. */
const LAYER = /^(?:stage(\d+)_block(\d+)_)?([a-z]+)(?:_(conv|norm))?$/;

/** Which of a pair's modules holds a weight of ours, and what it is called in there. */
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
 * Says of every weight of a static classifier what it is called in another library's file, and what shape it has there.
 *
 * @returns By our names.
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

/** Finds a layer's place: its name outside the blocks, or what there is to say of it within its block. */
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
