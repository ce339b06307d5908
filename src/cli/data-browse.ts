import { DEFAULT_AUGMENTATION } from "../../datasets/augment/augmentation.ts";
import { browsePage } from "../../datasets/browse/browse-page.ts";
import { chooseImages } from "../../datasets/browse/choose-images.ts";
import { readAnnotations } from "../../datasets/coco/read-annotations.ts";
import { findSplit } from "../../datasets/coco/split-files.ts";
import { DEFAULT_PADDING } from "../../datasets/crop/crop-geometry.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import { findSkeleton } from "../../datasets/skeleton-file.ts";
import { loadConfig } from "../config/load-config.ts";
import { countProgress } from "./progress.ts";

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

export async function browse(dir: string, flags: BrowseFlags): Promise<void> {
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
  }).finally(() => progress.close());
  await writeAtomic(flags.out, [page]);
  console.log(`${images.length} images: ${flags.out}`);
}
