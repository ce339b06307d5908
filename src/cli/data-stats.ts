import { join } from "node:path";
import { readAnnotations } from "../../datasets/coco/read-annotations.ts";
import { findSplits } from "../../datasets/coco/split-files.ts";
import { type DatasetStats, datasetStats, type Spread } from "../../datasets/stats/dataset-stats.ts";
import { rounded } from "../report/kit/numbers.ts";
import { formatTable } from "./text-table.ts";

interface StatsFlags {
  split: string[];
  json?: boolean;
}

export async function stats(dir: string, flags: StatsFlags): Promise<void> {
  const splits: Record<string, DatasetStats> = {};
  for (const split of flags.split.length > 0 ? flags.split : await findSplits(dir)) {
    splits[split] = datasetStats(
      await readAnnotations(join(dir, "annotations", `person_keypoints_${split}.json`)),
    );
  }
  if (flags.json) console.log(JSON.stringify(splits, null, 2));
  else for (const [split, numbers] of Object.entries(splits)) print(split, numbers);
}

function print(split: string, stats: DatasetStats): void {
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
  return [name, ...[min, q1, median, q3, max].map((value) => String(rounded(value, 2)))];
}
