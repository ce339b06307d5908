import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { Command } from "commander";
import { readAnnotations } from "../../datasets/coco/read-annotations.ts";
import { findSplit } from "../../datasets/coco/split-files.ts";
import { packageRoot } from "../../datasets/files/package-root.ts";
import type { EngineChoice } from "../engine/engine.ts";
import { installedEngines } from "../engine/engine-folder.ts";
import { duration } from "../report/kit/numbers.ts";
import { dataCommand } from "./commands/data.ts";
import { engineCommand } from "./commands/engine.ts";
import { inferCommand } from "./commands/infer.ts";
import { evalCommand } from "./commands/scoring.ts";
import { trainCommand } from "./commands/training.ts";

interface QuickstartFlags {
  dir: string;
  images: number;
  set: string[];
  engine: EngineChoice;
  verbose?: boolean;
}

/** Eileen Collins, photographed by NASA: in the public domain. */
const PHOTOGRAPH = join(packageRoot(), "docs", "astronaut.jpg");

/** First the people in a photograph, by the weights that come along; then the whole way to weights of one's own. */
export async function quickstart(flags: QuickstartFlags): Promise<void> {
  const started = performance.now();
  const { dir } = flags;
  const [data, run] = [join(dir, "data"), join(dir, "run")];
  const engine = ["--engine", flags.engine];
  const { verbose = false } = flags;

  if (needsTensorflow(flags.engine)) await step(verbose, "engine", "install", "--cpu");
  await step(verbose, "infer", relative(process.cwd(), PHOTOGRAPH), "--out", dir, ...engine);
  console.log(`The people in a photograph: ${join(dir, "astronaut.pose.jpg")}`);

  if (existsSync(data)) console.log(`${data}: already drawn`);
  else await step(verbose, "data", "synth", "--out", data, ...synthOptions(flags.images));

  const config = relative(process.cwd(), join(packageRoot(), "configs", "quickstart.yaml"));
  const overrides = flags.set.flatMap((override) => ["--set", override]);
  const resume = existsSync(run) ? ["--resume"] : [];
  await step(verbose, "train", config, "--data", data, "--out", run, ...overrides, ...engine, ...resume);
  if (process.exitCode) {
    console.log("The same command goes on from there.");
    return;
  }

  await step(verbose, "eval", run, "--data", data, ...engine);
  const { image, boxes } = await pictureOf(data);
  const where = boxes.flatMap((box) => ["--box", box.join(",")]);
  await step(verbose, "infer", image, "--weights", run, ...where, "--out", dir, ...engine);
  const seconds = (performance.now() - started) / 1000;
  const drawn = join(dir, `${basename(image, ".jpg")}.pose.jpg`);
  console.log(`\nDone in ${duration(seconds)}. The picture with the skeletons: ${drawn}`);
}

/** Easy drawings: a few minutes of training are enough for them. */
function synthOptions(images: number): string[] {
  const valImages = Math.ceil(images / 8);
  const size = ["--images", images, "--val-images", valImages].map(String);
  return [...size, "--difficulty", "easy", "--seed", "1"];
}

/** Prints a command as a user would type it, then runs it. */
async function step(verbose: boolean, ...args: string[]): Promise<void> {
  console.log(`\n$ dypose ${args.join(" ")}`);
  const program = new Command("dypose").option("--verbose").exitOverride();
  for (const command of [engineCommand, dataCommand, trainCommand, evalCommand, inferCommand]) {
    program.addCommand(command());
  }
  await program.parseAsync(verbose ? ["--verbose", ...args] : args, { from: "user" });
}

function needsTensorflow(engine: EngineChoice): boolean {
  if (engine !== "auto" && engine !== "tensorflow") return false;
  return installedEngines().length === 0;
}

/** The validation picture with the most people whose keypoints are all labelled, and their boxes. */
async function pictureOf(data: string): Promise<{ image: string; boxes: number[][] }> {
  const files = await findSplit(data, "val2017");
  const { images, annotations } = await readAnnotations(files.annotations);
  const shown = images.map((image) => ({
    image: join(files.images, image.fileName),
    people: annotations.filter(({ imageId, numKeypoints }) => imageId === image.id && numKeypoints === 17),
  }));
  const best = shown.reduce((a, b) => (b.people.length > a.people.length ? b : a));
  return { image: best.image, boxes: best.people.map(({ box }) => box.map(Math.round)) };
}
