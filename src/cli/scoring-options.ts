import { type Command, Option } from "commander";
import type { TruthFile } from "../../datasets/coco/read-annotations.ts";
import type { EvalMode, EvalParams } from "../../eval/params.ts";
import type { EvaluationProtocol } from "../../eval/protocol.ts";
import { integer } from "./options.ts";

/** How results are scored, for every command that scores a results file. */
export interface ScoringFlags {
  readonly imageIds?: string;
  readonly categoryIds?: readonly number[];
  readonly maxDets?: readonly number[];
  readonly sigmas?: string;
  readonly useCats: boolean;
  readonly mode: EvalMode;
  readonly protocol: "auto" | EvaluationProtocol["name"];
}

const integers =
  (min: number) =>
  (text: string): number[] =>
    text.split(",").map(integer(min));

export function addScoringOptions(command: Command): Command {
  return command
    .option("--image-ids <file>", "evaluate these images only: a JSON array of ids")
    .option("--category-ids <ids>", "evaluate these categories only, such as 1,7", integers(0))
    .option("--max-dets <counts>", "detections an image may keep, such as 20,1,5", integers(1))
    .option("--sigmas <file>", "labelling spread of each keypoint: a JSON array of numbers")
    .option("--no-use-cats", "take all categories for one")
    .addOption(
      new Option("--mode <mode>", "strict: pycocotools' numbers, habits and all; corrected: without those")
        .choices(["strict", "corrected"])
        .default("strict"),
    )
    .addOption(
      new Option("--protocol <name>", "whose lines; auto takes crowdpose where images have a crowdIndex")
        .choices(["auto", "coco", "crowdpose"])
        .default("auto"),
    );
}

export async function chooseProtocol(
  { protocol }: ScoringFlags,
  { truth, crowdIndices, keypointNames }: TruthFile,
): Promise<EvaluationProtocol> {
  const { COCO_PROTOCOL, crowdPoseProtocol } = await import("../../eval/protocol.ts");
  const isCrowdPose =
    crowdIndices.size > 0 &&
    crowdIndices.size === new Set(truth.imageIds).size &&
    keypointNames[0]?.length === 14;
  const name = protocol === "auto" ? (isCrowdPose ? "crowdpose" : "coco") : protocol;
  return name === "coco" ? COCO_PROTOCOL : crowdPoseProtocol(crowdIndices);
}

/** Flags that are not given leave the protocol's own parameters. */
export async function scoringParams(
  flags: ScoringFlags,
  { params }: EvaluationProtocol,
): Promise<Partial<EvalParams>> {
  const { readNumberList } = await import("../../datasets/coco/parse-record.ts");
  return {
    ...params,
    ...(flags.imageIds ? { imageIds: await readNumberList(flags.imageIds) } : {}),
    ...(flags.categoryIds ? { categoryIds: flags.categoryIds } : {}),
    ...(flags.maxDets ? { maxDetections: flags.maxDets } : {}),
    ...(flags.sigmas ? { sigmas: await readNumberList(flags.sigmas) } : {}),
    ...(flags.useCats ? {} : { useCategories: false }),
    ...(flags.mode === "corrected" ? { quirks: [] } : {}),
  };
}
