import { basename, extname } from "node:path";
import { Command } from "commander";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import type { LoadedNetwork } from "../infer/load-network.ts";
import type { AttentionSummary } from "../nn/attention.ts";
import { type BoxOption, boxes, type EngineOption, engineOption } from "./options.ts";

interface AttentionFlags {
  weights: string;
  box?: BoxOption[];
  out: string;
  json?: string;
  engine: EngineOption;
}

/** `dypose attention`: how a network's dynamic convolutions mix their kernels for an image. */
export function attentionCommand(): Command {
  return new Command("attention")
    .description("draw how the dynamic convolutions mix their kernels for a picture: layers by kernels")
    .argument("<image>", "a picture; turned upright as its EXIF orientation says")
    .requiredOption("--weights <run|file>", "a run's folder (its best weights), or a weights file")
    .option(
      "--box <x,y,w,h>",
      "where a person is, in pixels; of several boxes the mean is drawn (default: the whole picture)",
      boxes,
    )
    .requiredOption("--out <file>", "picture to write, .png or .svg")
    .option("--json <file>", "write entropy and usage of every layer; - for stdout")
    .addOption(engineOption())
    .action(attention);
}

async function attention(path: string, flags: AttentionFlags, command: Command): Promise<void> {
  const kind = extname(flags.out).toLowerCase();
  if (kind !== ".png" && kind !== ".svg") {
    command.error(`option '--out': expected a file that ends in .png or .svg, got ${flags.out}`);
  }
  const { PosePredictor } = await import("../infer/pose-predictor.ts");
  const { readPhotograph } = await import("../infer/pose-predictor.ts");
  const { drawAttention } = await import("../report/run/attention-picture.ts");
  const { writeAtomic } = await import("../../datasets/files/write-atomic.ts");
  const verbose: boolean = command.optsWithGlobals()["verbose"] ?? false;

  const image = await readPhotograph(path);
  const predictor = await PosePredictor.load(flags.weights, { engine: flags.engine, verbose, patience: 1 });
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

async function attentionIn(network: LoadedNetwork, image: RgbImage, where?: readonly BoxOption[]) {
  const tf = await import("@tensorflow/tfjs-core");
  const { boxesInImage, cropBoxes } = await import("../infer/detect-poses.ts");
  const { attentionStatistics } = await import("../nn/attention.ts");
  const { images, crops } = cropBoxes(network, image, boxesInImage(image, where));
  const input = tf.tensor4d(images, [crops.length, ...network.codec.grid.inputSize, 3]);
  return attentionStatistics(network.model, input).finally(() => input.dispose());
}

async function toPng(svg: string): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  return sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();
}

const meanEntropy = (layers: readonly AttentionSummary[]): number =>
  layers.reduce((sum, { entropy }) => sum + entropy, 0) / layers.length;
