import { Command } from "commander";
import type { DatasetStats, Spread } from "../../datasets/stats/dataset-stats.ts";
import { gather } from "./options.ts";

interface StatsFlags {
  split: string[];
  json?: boolean;
}

/** `dypose data stats`: what is in a data set, in numbers. */
export function dataStatsCommand(): Command {
  return new Command("stats")
    .description("count what is in a data set: images, people, sizes, labelled and hidden keypoints")
    .argument("<dir>", "data set in COCO's layout")
    .option("--split <name>", "this split alone; repeat for several (default: all)", gather, [])
    .option("--json", "print JSON in place of the tables")
    .action(stats);
}

async function stats(dir: string, flags: StatsFlags): Promise<void> {
  const { join } = await import("node:path");
  const { findSplits } = await import("../../datasets/check/check-dataset.ts");
  const { readAnnotations } = await import("../../datasets/coco/read-annotations.ts");
  const { datasetStats } = await import("../../datasets/stats/dataset-stats.ts");
  const splits: Record<string, DatasetStats> = {};
  for (const split of flags.split.length > 0 ? flags.split : await findSplits(dir)) {
    splits[split] = datasetStats(
      await readAnnotations(join(dir, "annotations", `person_keypoints_${split}.json`)),
    );
  }
  if (flags.json) console.log(JSON.stringify(splits, null, 2));
  else for (const [split, numbers] of Object.entries(splits)) await print(split, numbers);
}

async function print(split: string, stats: DatasetStats): Promise<void> {
  const { formatTable } = await import("./table.ts");
  const { small, medium, large } = stats.areas;
  console.log(
    [
      `${split}: ${stats.images} images (${stats.imagesWithPeople} with labelled people), ${stats.annotations} annotations`,
      `${stats.labelledPeople} labelled people: ${small} small, ${medium} medium, ${large} large; ${stats.crowds} crowds beside them`,
    ].join("\n"),
  );
  const spreads = [
    row("image width, pixels", stats.imageWidth),
    row("image height, pixels", stats.imageHeight),
    row("people an image", stats.peopleAnImage),
    row("box height, pixels", stats.boxHeight),
    row("box width over height", stats.boxAspect),
    row("labelled keypoints", stats.labelledKeypoints),
  ];
  const quartiles = ["least", "quarter", "half", "three quarters", "most"];
  console.log(`\n${formatTable(["", ...quartiles], spreads, quartiles)}`);
  const share = (count: number) => `${((100 * count) / Math.max(1, stats.labelledPeople)).toFixed(1)} %`;
  const counts = ["visible", "hidden", "unlabelled"] as const;
  const keypoints = stats.keypoints.map((keypoint) => [
    keypoint.name,
    ...counts.map((count) => share(keypoint[count])),
  ]);
  console.log(`\n${formatTable(["keypoint", ...counts], keypoints, counts)}\n`);
}

function row(name: string, spread: Spread): string[] {
  if (spread === null) return [name, "-", "-", "-", "-", "-"];
  const { min, q1, median, q3, max } = spread;
  return [name, ...[min, q1, median, q3, max].map((value) => String(Math.round(value * 100) / 100))];
}
