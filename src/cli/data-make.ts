import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readCocoSource } from "../../datasets/convert/read-coco-source.ts";
import { readCvat } from "../../datasets/convert/read-cvat.ts";
import { readLabelStudio } from "../../datasets/convert/read-label-studio.ts";
import { readLsp } from "../../datasets/convert/read-lsp.ts";
import { readYolo } from "../../datasets/convert/read-yolo.ts";
import { type SourceDataset, splitByList } from "../../datasets/convert/source-dataset.ts";
import { type LayoutOptions, writeCocoLayout } from "../../datasets/convert/write-coco-layout.ts";
import { type FetchOptions, fetchCoco } from "../../datasets/fetch/fetch-coco.ts";
import { findSkeleton } from "../../datasets/skeleton-file.ts";
import type { DifficultyName } from "../../datasets/synth/difficulty.ts";
import { generateDataset } from "../../datasets/synth/generate.ts";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { countProgress, downloadProgress } from "./progress.ts";

interface SynthFlags {
  out: string;
  images: number;
  valImages?: number;
  seed: string;
  difficulty: DifficultyName;
  size?: { width: number; height: number };
}

/** Draws a data set. */
export async function synthesise(flags: SynthFlags): Promise<void> {
  const progress = countProgress("pictures");
  const options = {
    out: flags.out,
    images: flags.images,
    valImages: flags.valImages ?? Math.max(1, Math.round(flags.images / 4)),
    seed: flags.seed,
    difficulty: flags.difficulty,
    ...(flags.size ?? { width: 320, height: 240 }),
  };
  const splits = await generateDataset(options, progress.update).finally(() => progress.close());
  for (const { split, images, people } of splits)
    console.log(`${split}: ${images} pictures, ${people} people`);
  console.log(`data set: ${flags.out}`);
}

interface FetchFlags {
  out: string;
  part?: NonNullable<FetchOptions["parts"]>;
  keepArchives?: boolean;
  site?: string;
}

/** Downloads COCO, or parts of it. */
export async function fetchCocoParts(flags: FetchFlags): Promise<void> {
  const progress = downloadProgress();
  const fetched = await fetchCoco({
    out: flags.out,
    onProgress: progress.update,
    ...(flags.part && { parts: flags.part }),
    ...(flags.site && { site: flags.site }),
    ...(flags.keepArchives && { keepArchives: true }),
  }).finally(() => progress.close());
  console.log(fetched.length > 0 ? `fetched ${fetched.join(", ")}` : "everything was there already");
  console.log(`data set: ${flags.out}`);
}

interface ConvertFlags {
  out: string;
  imageFolder?: string;
  keypoints: "coco" | "own";
  pictures: LayoutOptions["pictures"];
  valList?: string;
  trainList?: string;
  skeleton: string;
}

type Format = "lsp" | "yolo" | "crowdpose" | "coco" | "label-studio" | "cvat";

/** Converts a data set of another format. */
export async function convert(format: Format, sources: string[], flags: ConvertFlags): Promise<void> {
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
  }).finally(() => progress.close());
  for (const { split, images, people } of splits) console.log(`${split}: ${images} images, ${people} people`);
  console.log(`data set: ${flags.out}`);
}

async function read(format: Format, sources: readonly string[], flags: ConvertFlags): Promise<SourceDataset> {
  const [first = "", ...others] = sources;
  if (others.length > 0 && (format === "lsp" || format === "yolo")) {
    throw new Error(`data convert ${format}: expected one folder, got ${sources.length}`);
  }
  if (format === "lsp") return readLsp(first);
  if (format === "yolo") return readYolo(first, await findSkeleton(flags.skeleton));
  if (format === "label-studio" || format === "cvat") {
    const folder = flags.imageFolder ?? join(dirname(first), "images");
    const readTool = format === "cvat" ? readCvat : readLabelStudio;
    return readTool(sources, folder, await findSkeleton(flags.skeleton));
  }
  return readCocoSource(sources, flags.imageFolder ?? join(dirname(dirname(first)), "images"));
}
