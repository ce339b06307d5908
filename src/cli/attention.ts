import { basename, extname } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import sharp from "sharp";
import type { Box } from "../../datasets/crop/crop-geometry.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import { cropBoxes } from "../../datasets/loader/sample-row.ts";
import type { EngineChoice } from "../engine/engine.ts";
import { boxesInImage } from "../infer/detect-poses.ts";
import type { LoadedNetwork } from "../infer/load-network.ts";
import { PosePredictor, readPhotograph } from "../infer/pose-predictor.ts";
import { type AttentionSummary, attentionStatistics } from "../nn/attention.ts";
import { drawAttention } from "../report/run/attention-picture.ts";

interface AttentionFlags {
  weights: string;
  box?: Box[];
  out: string;
  json?: string;
  engine: EngineChoice;
  verbose?: boolean;
}

export async function attention(path: string, flags: AttentionFlags): Promise<void> {
  const kind = extname(flags.out).toLowerCase();
  if (kind !== ".png" && kind !== ".svg") {
    throw new Error(`option '--out': expected a file that ends in .png or .svg, got ${flags.out}`);
  }
  const image = await readPhotograph(path);
  const { engine, verbose } = flags;
  const predictor = await PosePredictor.load(flags.weights, { engine, verbose, patience: 1 });
  const { info, model } = predictor.network;
  const layers = await attentionIn(predictor.network, image, flags.box).catch((cause: Error) => {
    throw new Error(`${path}: ${cause.message}`, { cause });
  });
  predictor.dispose();
  if (layers.length === 0) {
    throw new Error(`${flags.weights}: expected a network with dynamic convolutions, got ${model.name}`);
  }
  const count = flags.box?.length ?? 1;
  const text = {
    title: model.name,
    subtitle: `${basename(path)}, ${count === 1 ? "one box" : `mean of ${count} boxes`}; step ${info.step}, temperature ${info.temperature}`,
  };
  const svg = drawAttention(layers, text);
  await writeAtomic(flags.out, [kind === ".svg" ? svg : await toPng(svg)]);
  const json = `${JSON.stringify(layers, null, 2)}\n`;
  if (flags.json === "-") process.stdout.write(json);
  else if (flags.json) await writeAtomic(flags.json, [json]);
  const say = flags.json === "-" ? console.error : console.log;
  say(
    `${layers.length} dynamic convolutions, mean entropy ${meanEntropy(layers).toFixed(3)}; drawn in ${flags.out}`,
  );
}

async function attentionIn(network: LoadedNetwork, image: RgbImage, where?: readonly Box[]) {
  const { images, crops } = cropBoxes(image, boxesInImage(image, where), network);
  const input = tf.tensor4d(images, [crops.length, ...network.codec.grid.inputSize, 3]);
  return attentionStatistics(network.model, input).finally(() => input.dispose());
}

async function toPng(svg: string): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();
}

const meanEntropy = (layers: readonly AttentionSummary[]): number =>
  layers.reduce((sum, { entropy }) => sum + entropy, 0) / layers.length;
