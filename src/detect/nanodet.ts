import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { Conv2D, MaxPool, Upsample } from "../nn/layers/index.ts";

/** Input pixels that one cell of each output stands for. */
export const NANODET_STRIDES = [8, 16, 32] as const;

/**
 * Bins of a side's distribution: bin i stands for a distance of i cells from the cell's centre to that side of the box.
 */
export const NANODET_BINS = 11;

/** Channels of an output cell: one score (before the sigmoid), and the bins of left, top, right and bottom side. */
export const NANODET_CHANNELS = 1 + 4 * NANODET_BINS;

/** Channels of the two middle stages, and of everything behind the backbone. */
const NECK_CHANNELS = 128;
const LEAK = 0.1;

/** Per stage: channels within it, residual blocks, stride. It gives twice the channels. */
const STAGES = [
  { channels: 32, blocks: 1, strides: 1 },
  { channels: 64, blocks: 2, strides: 2 },
  { channels: 128, blocks: 2, strides: 2 },
  { channels: 256, blocks: 3, strides: 2 },
] as const;

export interface NanodetNetwork {
  /**
   * Pictures `[B, H, W, 3]` (RGB, normalised as ImageNet is, sides multiples of 32) to one output for each of
   * {@link NANODET_STRIDES}, `[B, H / stride, W / stride, 45]`.
   */
  readonly model: LayersModel;
  /** Names of the convolutions in the order in which the network's authors count them. */
  readonly convolutions: readonly string[];
}

/**
 * NanoDet-g, a one-stage detector without anchors, for one class: cross-stage-partial blocks, a path aggregation that
 * only adds, and for each of three scales a head whose two layers answer score and sides at once. Batch normalisation
 * is folded into the convolutions: it is for inference. Weights are zero until some are loaded.
 *
 * Source: github.com/RangiLyu/nanodet, `config/nanodet-g.yml`; the loss that makes sides distributions: Li et al.,
 * NeurIPS 2020 (arXiv 2006.04388).
 */
export function buildNanodet(): NanodetNetwork {
  const convolutions: string[] = [];
  /** A convolution that keeps the size at stride 1; with its leaky rectifier, or alone. */
  const conv = (
    x: SymbolicTensor,
    name: string,
    filters: number,
    { kernelSize = 3, strides = 1, isLinear = false } = {},
  ): SymbolicTensor => {
    convolutions.push(`${name}_conv`);
    const padding = (kernelSize - 1) / 2;
    const args = { name: `${name}_conv`, filters, kernelSize, strides, padding, seed: null };
    const y = new Conv2D(args).apply(x) as SymbolicTensor;
    return isLinear
      ? y
      : (layers.leakyReLU({ name: `${name}_relu`, alpha: LEAK }).apply(y) as SymbolicTensor);
  };
  const concat = (name: string, parts: SymbolicTensor[]) =>
    layers.concatenate({ name, axis: 3 }).apply(parts) as SymbolicTensor;
  const sum = (name: string, a: SymbolicTensor, b: SymbolicTensor) =>
    layers.add({ name }).apply([a, b]) as SymbolicTensor;

  const picture = input({ shape: [null, null, 3], name: "picture" });
  let x = conv(picture, "stem", 32, { strides: 2 });
  x = new MaxPool({ name: "stem_pool", size: 3, strides: 2, padding: 1 }).apply(x) as SymbolicTensor;
  const features = STAGES.map(({ channels, blocks, strides }, i) => {
    const stage = `stage${i + 1}`;
    const entry = conv(x, `${stage}_in`, channels, { strides });
    let y = entry;
    for (let block = 1; block <= blocks; block += 1) {
      const name = `${stage}_block${block}`;
      const narrow = conv(y, `${name}_narrow`, channels / 2);
      y = concat(`${name}_concat`, [conv(narrow, `${name}_deep`, channels / 2), narrow]);
    }
    x = concat(`${stage}_concat`, [conv(y, `${stage}_out`, channels), entry]);
    return x; // [B, H / (2 · 2^i), W / …, 2 · channels], from the second stage on
  }).slice(1);

  const laterals = features.map((feature, i) =>
    conv(feature, `lateral${NANODET_STRIDES[i]}`, NECK_CHANNELS, { kernelSize: 1, isLinear: true }),
  ) as [SymbolicTensor, SymbolicTensor, SymbolicTensor];
  // Down from the coarse scale, then up again from the fine one: what has been summed on the way is added, not convolved.
  const double = (y: SymbolicTensor, name: string) => new Upsample({ name }).apply(y) as SymbolicTensor;
  const halve = (y: SymbolicTensor, name: string) =>
    layers.averagePooling2d({ name, poolSize: 2 }).apply(y) as SymbolicTensor;
  const [lateral8, lateral16, lateral32] = laterals;
  const top16 = sum("top16", lateral16, double(lateral32, "double32"));
  const out8 = sum("out8", lateral8, double(top16, "double16"));
  const out16 = sum("out16", top16, halve(out8, "halve8"));
  const out32 = sum("out32", lateral32, halve(out16, "halve16"));

  const outputs = [out8, out16, out32].map((scale, i) => {
    const name = `head${NANODET_STRIDES[i]}`;
    const hidden = conv(scale, `${name}_hidden`, NECK_CHANNELS);
    return conv(hidden, `${name}_answer`, NANODET_CHANNELS, { kernelSize: 1, isLinear: true });
  });
  return { model: model({ name: "nanodet-g", inputs: picture, outputs }), convolutions };
}
