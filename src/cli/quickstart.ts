import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { Command } from "commander";
import { duration } from "../report/kit/numbers.ts";
import { dataCommand } from "./data.ts";
import { engineCommand } from "./engine.ts";
import { evalCommand } from "./eval.ts";
import { inferCommand } from "./infer.ts";
import { type EngineOption, engineOption, gather, integer } from "./options.ts";
import { packageRoot } from "./package-root.ts";
import { trainCommand } from "./train.ts";

interface QuickstartFlags {
  dir: string;
  images: number;
  set: string[];
  engine: EngineOption;
}

/** `dypose quickstart`: every step of the main job, on drawn people, as commands that can be run by hand. */
export function quickstartCommand(): Command {
  return new Command("quickstart")
    .description("draw a data set, train on it, score, find poses in a picture: all of it, in a few minutes")
    .option(
      "--dir <dir>",
      "folder for data, run and pictures; run again, it goes on from there",
      "quickstart",
    )
    .option("--images <n>", "pictures to train on; an eighth as many to be scored on", integer(8), 1500)
    .option("--set <key=value>", "override a value of configs/quickstart.yaml", gather, [])
    .addOption(engineOption())
    .action(quickstart);
}

async function quickstart(flags: QuickstartFlags, command: Command): Promise<void> {
  const started = performance.now();
  const { dir } = flags;
  const [data, run] = [join(dir, "data"), join(dir, "run")];
  const engine = ["--engine", flags.engine];
  const verbose: boolean = command.optsWithGlobals()["verbose"] ?? false;

  if (await needsTensorflow(flags.engine)) await step(verbose, "engine", "install", "--cpu");
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

/** Plainly drawn people: a few minutes are enough to learn them. */
function synthOptions(images: number): string[] {
  const valImages = Math.ceil(images / 8);
  const size = ["--images", images, "--val-images", valImages].map(String);
  return [...size, "--difficulty", "easy", "--seed", "1"];
}

/** Runs one command, after showing it as one would type it. */
async function step(verbose: boolean, ...args: string[]): Promise<void> {
  console.log(`\n$ dypose ${args.join(" ")}`);
  const program = new Command("dypose").option("--verbose").exitOverride();
  for (const command of [engineCommand, dataCommand, trainCommand, evalCommand, inferCommand]) {
    program.addCommand(command());
  }
  await program.parseAsync(verbose ? ["--verbose", ...args] : args, { from: "user" });
}

async function needsTensorflow(engine: EngineOption): Promise<boolean> {
  if (engine !== "auto" && engine !== "tensorflow") return false;
  const { installedEngines } = await import("../engine/engine-folder.ts");
  return installedEngines().length === 0;
}

/** The picture, among those not trained on, that shows most people whole, and their boxes. */
async function pictureOf(data: string): Promise<{ image: string; boxes: number[][] }> {
  const { findSplit } = await import("../../datasets/coco/split-files.ts");
  const { readAnnotations } = await import("../../datasets/coco/read-annotations.ts");
  const files = await findSplit(data, "val2017");
  const { images, annotations } = await readAnnotations(files.annotations);
  const shown = images.map((image) => ({
    image: join(files.images, image.fileName),
    people: annotations.filter(({ imageId, numKeypoints }) => imageId === image.id && numKeypoints === 17),
  }));
  const best = shown.reduce((a, b) => (b.people.length > a.people.length ? b : a));
  return { image: best.image, boxes: best.people.map(({ box }) => box.map(Math.round)) };
}
