import { Command, Option } from "commander";
import { gather, inputSize, integer } from "./options.ts";

interface BrowseFlags {
  out: string;
  split: string;
  count: number;
  image: string[];
  annotation: string[];
  input: [height: number, width: number];
  variants: number;
  seed: number;
  skeleton?: string;
  config?: string;
}

/** `dypose data browse`: a page to look at a data set with. */
export function dataBrowseCommand(): Command {
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
    .action(browse);
}

async function browse(dir: string, flags: BrowseFlags): Promise<void> {
  const { DEFAULT_AUGMENTATION } = await import("../../datasets/augment/augmentation.ts");
  const { browsePage } = await import("../../datasets/browse/browse-page.ts");
  const { chooseImages } = await import("../../datasets/browse/choose-images.ts");
  const { readAnnotations } = await import("../../datasets/coco/read-annotations.ts");
  const { findSplit } = await import("../../datasets/coco/split-files.ts");
  const { DEFAULT_PADDING } = await import("../../datasets/crop/crop-geometry.ts");
  const { findSkeleton } = await import("../../datasets/skeleton-file.ts");
  const { loadConfig } = await import("../config/load-config.ts");
  const { writeAtomic } = await import("../../datasets/files/write-atomic.ts");
  const { countProgress } = await import("./count-progress.ts");

  const files = await findSplit(dir, flags.split);
  const coco = await readAnnotations(files.annotations);
  const images = chooseImages(coco, {
    images: flags.image.map(Number),
    annotations: flags.annotation.map(Number),
    count: flags.count,
    seed: flags.seed,
  });
  const config = flags.config ? await loadConfig(flags.config) : undefined;
  if (config?.task === "classification")
    throw new Error(`${flags.config}: expected a keypoint network's config`);
  const progress = countProgress("images");
  const page = await browsePage(coco, files.images, images, {
    skeleton: await findSkeleton(flags.skeleton ?? config?.data.skeleton ?? "coco"),
    inputSize: flags.input ?? config?.model.inputSize ?? [256, 192],
    padding: config?.data.padding ?? DEFAULT_PADDING,
    augmentation: config?.augment ?? DEFAULT_AUGMENTATION,
    variants: flags.variants,
    seed: flags.seed,
    onImage: progress.update,
  }).finally(() => progress.end());
  await writeAtomic(flags.out, [page]);
  console.log(`${images.length} images: ${flags.out}`);
}
