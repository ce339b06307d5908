import { Argument, Command, Option } from "commander";
import type { SourceDataset } from "../../datasets/convert/source-dataset.ts";
import type { LayoutOptions } from "../../datasets/convert/write-coco-layout.ts";

interface ConvertFlags {
  out: string;
  imageFolder?: string;
  keypoints: "coco" | "own";
  pictures: LayoutOptions["pictures"];
  valList?: string;
  trainList?: string;
  skeleton?: string;
}

const FORMATS = ["lsp", "yolo", "crowdpose", "coco"] as const;
type Format = (typeof FORMATS)[number];

/** `dypose data convert`: other formats into COCO's layout. */
export function dataConvertCommand(): Command {
  return new Command("convert")
    .description("turn another data set into COCO's layout, which train, eval and the other commands read")
    .addArgument(new Argument("<format>", "what it is").choices(FORMATS))
    .argument(
      "<source...>",
      "lsp: folder with joints.mat and images/ (LSP or LSPET); yolo: folder with images/ and labels/; crowdpose, coco: annotation files, one a split",
    )
    .requiredOption("--out <dir>", "a new or an empty folder")
    .option(
      "--image-folder <dir>",
      "crowdpose, coco: where the pictures are (default: images/ beside the files' folder)",
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
    .action(convert);
}

async function convert(format: Format, sources: string[], flags: ConvertFlags): Promise<void> {
  const { readFile } = await import("node:fs/promises");
  const { COCO_SKELETON } = await import("../../eval/skeletons/coco.ts");
  const { splitByList } = await import("../../datasets/convert/source-dataset.ts");
  const { writeCocoLayout } = await import("../../datasets/convert/write-coco-layout.ts");
  const { countProgress } = await import("./count-progress.ts");
  let source = await read(format, sources, flags);
  if (flags.trainList && !flags.valList) throw new Error("--train-list: expected --val-list beside it");
  const listOf = async (where: string) => ({ where, text: await readFile(where, "utf8") });
  if (flags.valList) {
    const train = flags.trainList ? await listOf(flags.trainList) : undefined;
    source = splitByList(source, await listOf(flags.valList), train);
  }
  const progress = countProgress("pictures");
  const splits = await writeCocoLayout(source, {
    out: flags.out,
    pictures: flags.pictures,
    description: `Converted from ${format}`,
    onImage: progress.update,
    ...(flags.keypoints === "coco" && { skeleton: COCO_SKELETON }),
  }).finally(() => progress.end());
  for (const { split, images, people } of splits) console.log(`${split}: ${images} images, ${people} people`);
  console.log(`data set: ${flags.out}`);
}

async function read(format: Format, sources: readonly string[], flags: ConvertFlags): Promise<SourceDataset> {
  const { dirname, join } = await import("node:path");
  const [first = "", ...others] = sources;
  if (others.length > 0 && (format === "lsp" || format === "yolo")) {
    throw new Error(`data convert ${format}: expected one folder, got ${sources.length}`);
  }
  if (format === "lsp") return (await import("../../datasets/convert/read-lsp.ts")).readLsp(first);
  if (format === "yolo") {
    const { findSkeleton } = await import("../../datasets/skeleton-file.ts");
    const skeleton = await findSkeleton(flags.skeleton ?? "coco");
    return (await import("../../datasets/convert/read-yolo.ts")).readYolo(first, skeleton);
  }
  const { readCocoSource } = await import("../../datasets/convert/read-coco-source.ts");
  return readCocoSource(sources, flags.imageFolder ?? join(dirname(dirname(first)), "images"));
}
