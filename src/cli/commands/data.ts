import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { DIFFICULTIES } from "../../../datasets/synth/difficulty.ts";
import { gather, inputSize, integer } from "../options.ts";

/** `dypose data`: make, look at, check and convert data sets. */
export function dataCommand(): Command {
  const data = new Command("data").description("make, look at, check and convert data sets");
  const commands = [synth(), check(), stats(), browse(), convert(), fetch(), dataCodecCommand()];
  for (const command of commands) data.addCommand(command);
  return data;
}

/** A data set of drawn people. */
function synth(): Command {
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
    .action(async (flags) => (await import("../data-make.ts")).synthesise(flags));
}

/** Parses `320x240`, width first, as image sizes are written. */
function imageSize(text: string): { width: number; height: number } {
  const match = /^(\d+)x(\d+)$/i.exec(text.trim());
  if (match) return { width: Number(match[1]), height: Number(match[2]) };
  throw new InvalidArgumentError(`Expected WIDTHxHEIGHT in pixels, such as 320x240, got ${text}.`);
}

/** Everything that is wrong with a data set. */
function check(): Command {
  return new Command("check")
    .description(
      "look for what is wrong with a data set: every record and every picture; exit code 1 if anything is",
    )
    .argument("<dir>", "data set in COCO's layout")
    .option("--split <name>", "check this split alone; repeat for several (default: all)", gather, [])
    .option("--no-decode", "read pictures' headers alone: much faster, damage further in goes unseen")
    .option("--strict", "exit code 1 for suspects too")
    .option("--show <n>", "records to name of each kind of problem", integer(0), 3)
    .option("--json", "print JSON in place of the table: every problem, not only the first ones")
    .action(async (dir, flags) => (await import("../data-check.ts")).check(dir, flags));
}

/** What is in a data set, in numbers. */
function stats(): Command {
  return new Command("stats")
    .description("count what is in a data set: images, people, sizes, labelled and hidden keypoints")
    .argument("<dir>", "data set in COCO's layout")
    .option("--split <name>", "this split alone; repeat for several (default: all)", gather, [])
    .option("--json", "print JSON in place of the tables")
    .action(async (dir, flags) => (await import("../data-stats.ts")).stats(dir, flags));
}

/** A page to look at a data set with. */
function browse(): Command {
  return new Command("browse")
    .description("write a page that shows annotated images, and what augmentation makes of each person")
    .argument("<dir>", "data set in COCO's layout")
    .requiredOption("--out <file>", "the page, one HTML file that needs no other")
    .option("--split <name>", "which part of it", "val2017")
    .option("--count <n>", "images to show, drawn at random", integer(1), 24)
    .option("--image <id>", "show this image; repeat for several", gather, [])
    .option("--annotation <id>", "show the image of this annotation; repeat for several", gather, [])
    .option(
      "--input <size>",
      "size of the crops, HEIGHTxWIDTH in pixels (256x192, or the config's)",
      inputSize,
    )
    .option("--variants <n>", "augmented crops of each person", integer(0, 32), 5)
    .option("--seed <n>", "which images and which augmentation", integer(0), 0)
    .addOption(
      new Option("--config <file>", "show the augmentation of this experiment (default: the usual recipe)"),
    )
    .option("--skeleton <file>", "what the keypoints are, if not COCO's: a YAML file")
    .action(async (dir, flags) => (await import("../data-browse.ts")).browse(dir, flags));
}

/** Other formats into COCO's layout. */
function convert(): Command {
  return new Command("convert")
    .description("turn another data set into COCO's layout, which train, eval and the other commands read")
    .addArgument(
      new Argument("<format>", "what it is").choices([
        "lsp",
        "yolo",
        "crowdpose",
        "coco",
        "label-studio",
        "cvat",
      ]),
    )
    .argument(
      "<source...>",
      "lsp: folder with joints.mat and images/ (LSP or LSPET); yolo: folder with images/ and labels/; crowdpose, coco: annotation files, one a split; label-studio, cvat: exports (JSON; CVAT for images 1.1), those with val in the name become val2017",
    )
    .requiredOption("--out <dir>", "a new or an empty folder")
    .option(
      "--image-folder <dir>",
      "crowdpose, coco, label-studio, cvat: where the pictures are (default: images/ beside the files' folder; beside an export itself)",
    )
    .addOption(
      new Option(
        "--keypoints <which>",
        "coco: COCO's 17, by name, what is missing unlabelled; own: as they are",
      )
        .choices(["coco", "own"])
        .default("coco"),
    )
    .addOption(
      new Option("--pictures <how>", "link shares the files' space on disk where it can")
        .choices(["link", "copy", "none"])
        .default("link"),
    )
    .option(
      "--val-list <file>",
      "names of the pictures that become val2017, one a line; the others become train2017",
    )
    .option(
      "--train-list <file>",
      "with --val-list: the pictures that become train2017; those in neither list are left out",
    )
    .option(
      "--skeleton <name>",
      "yolo, label-studio, cvat: what the keypoints are, coco, crowdpose or a YAML file",
      "coco",
    )
    .action(async (format, sources, flags) =>
      (await import("../data-make.ts")).convert(format, sources, flags),
    );
}

/** Public data sets from where they are published. */
function fetch(): Command {
  return new Command("fetch")
    .description("download a data set; stopped at any point and run again, it goes on where it was")
    .addArgument(
      new Argument("<name>", "coco: COCO 2017's people, 20 GB (twice that while unpacking)").choices([
        "coco",
      ]),
    )
    .requiredOption("--out <dir>", "folder to put it into")
    .addOption(
      new Option("--part <name...>", "these alone (default: all)").choices([
        "annotations",
        "val2017",
        "train2017",
      ]),
    )
    .option("--keep-archives", "keep the zip files")
    .option(
      "--site <url>",
      "a mirror of http://images.cocodataset.org; files are held to their hashes all the same",
    )
    .action(async (_name, flags) => (await import("../data-make.ts")).fetchCocoParts(flags));
}

/** What is lost by turning keypoints into heatmaps and back. */
export function dataCodecCommand(): Command {
  return new Command("codec")
    .description("what is lost by turning labelled keypoints into heatmaps and back, per codec")
    .requiredOption("--data <dir>", "data set in COCO's layout")
    .option("--split <name>", "split to use", "val2017")
    .option("--input <size>", "network input, HEIGHTxWIDTH in pixels", inputSize, [256, 192])
    .option("--json", "print JSON instead of a table", false)
    .action(async (flags) => (await import("../data-codec.ts")).compareCodecs(flags));
}
