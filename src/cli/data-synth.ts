import { Command, InvalidArgumentError, Option } from "commander";
import { DIFFICULTIES, type DifficultyName } from "../../datasets/synth/difficulty.ts";
import { integer } from "./options.ts";

interface SynthFlags {
  out: string;
  images: number;
  valImages?: number;
  seed: string;
  difficulty: DifficultyName;
  size?: { width: number; height: number };
}

/** Parses `320x240`, width first, as image sizes are written. */
function imageSize(text: string): { width: number; height: number } {
  const match = /^(\d+)x(\d+)$/i.exec(text.trim());
  if (match) return { width: Number(match[1]), height: Number(match[2]) };
  throw new InvalidArgumentError(`Expected WIDTHxHEIGHT in pixels, such as 320x240, got ${text}.`);
}

/** `dypose data synth`: a data set of drawn people. */
export function dataSynthCommand(): Command {
  return new Command("synth")
    .description("draw a data set of people in COCO's layout: the same bytes for the same seed")
    .requiredOption("--out <dir>", "a new or an empty folder")
    .requiredOption("--images <n>", "pictures in train2017", integer(1, 1_000_000))
    .option("--val-images <n>", "pictures in val2017 (a quarter of --images)", integer(1, 1_000_000))
    .option("--seed <seed>", "a number or any text; a larger set begins with the smaller one", "1")
    .addOption(
      new Option("--difficulty <level>", "how varied, crowded, hidden and noisy people are")
        .choices(Object.keys(DIFFICULTIES))
        .default("medium"),
    )
    .option("--size <WxH>", "pixels of a picture (320x240)", imageSize)
    .action(synthesise);
}

async function synthesise(flags: SynthFlags): Promise<void> {
  const { generateDataset } = await import("../../datasets/synth/generate.ts");
  const { countProgress } = await import("./count-progress.ts");
  const progress = countProgress("pictures");
  const options = {
    out: flags.out,
    images: flags.images,
    valImages: flags.valImages ?? Math.max(1, Math.round(flags.images / 4)),
    seed: flags.seed,
    difficulty: flags.difficulty,
    ...(flags.size ?? { width: 320, height: 240 }),
  };
  const splits = await generateDataset(options, progress.update).finally(() => progress.end());
  for (const { split, images, people } of splits)
    console.log(`${split}: ${images} pictures, ${people} people`);
  console.log(`data set: ${flags.out}`);
}
