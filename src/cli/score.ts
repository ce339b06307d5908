import { Command, Option } from "commander";
import type { TruthFile } from "../../datasets/coco/read-truth.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { KeypointEvaluation } from "../../eval/keypoint-evaluator.ts";
import type { EvalParams } from "../../eval/params.ts";
import type { EvaluationProtocol } from "../../eval/protocol.ts";
import type { QuirkEffect } from "../../eval/quirk-effects.ts";
import type { EvalMode } from "../../eval/quirks.ts";
import { SUMMARY_MAX_DETECTIONS } from "../../eval/summary.ts";
import { integer, numberBetween } from "./options.ts";

interface ScoreFlags {
  readonly gt: string;
  readonly results: string;
  readonly json?: string;
  readonly arrays?: boolean;
  readonly html?: string;
  readonly images?: string;
  readonly minAp?: number;
  readonly imageIds?: string;
  readonly categoryIds?: readonly number[];
  readonly maxDets?: readonly number[];
  readonly sigmas?: string;
  readonly useCats: boolean;
  readonly mode: EvalMode;
  readonly protocol: "auto" | EvaluationProtocol["name"];
  readonly explain?: boolean;
}

const integers =
  (min: number) =>
  (text: string): number[] =>
    text.split(",").map(integer(min));

/** `dypose score`: COCO's ten numbers for the results of any tool. */
export function scoreCommand(): Command {
  return new Command("score")
    .description("score a COCO keypoint results file, with pycocotools' numbers to the last bit")
    .requiredOption("--gt <file>", "ground truth, a COCO person_keypoints file")
    .requiredOption("--results <file>", "COCO keypoint results of any tool")
    .option("--json <file>", "write the numbers as JSON")
    .option("--arrays", "with --json: precision and scores [T][R][K][A][M], recall [T][K][A][M] as well")
    .option("--html <file>", "write a report that explains the numbers, and Markdown beside it")
    .option("--images <dir>", "folder of the images, for the report's pictures")
    .option("--min-ap <ap>", "exit with code 1 if AP is lower", numberBetween(0, 1))
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
    )
    .option("--explain", "list what was ignored and why, and what -1 means")
    .action(score);
}

async function score(flags: ScoreFlags): Promise<void> {
  const { readTruth } = await import("../../datasets/coco/read-truth.ts");
  const { readResults } = await import("../../datasets/coco/results.ts");
  const truthFile = await readTruth(flags.gt);
  const results = await readResults(flags.results);
  const protocol = await chooseProtocol(flags, truthFile);
  const params = await paramsOf(flags, protocol);
  const evaluation = evaluate(flags, protocol, truthFile.truth, results, params);
  const summary = protocol.print(evaluation);
  for (const line of summary) console.log(line);

  const effects = await printNotes(flags, protocol, truthFile, results, evaluation);
  if (flags.json) {
    const { scoreJson } = await import("./score-json.ts");
    const { writeAtomic } = await import("../weights/write-atomic.ts");
    const { truth } = truthFile;
    const json = scoreJson({ ...flags, protocol, truth, results, evaluation, summary, effects });
    await writeAtomic(flags.json, [json]);
  }
  if (flags.html) await writeHtml(flags.html, flags, protocol, truthFile, results, evaluation);
  requireAp(flags, evaluation);
}

async function chooseProtocol({ protocol }: ScoreFlags, truthFile: TruthFile): Promise<EvaluationProtocol> {
  const { COCO_PROTOCOL, crowdPoseProtocol } = await import("../../eval/protocol.ts");
  const { truth, crowdIndices, keypointNames } = truthFile;
  const isCrowdPose =
    crowdIndices.size > 0 &&
    crowdIndices.size === new Set(truth.imageIds).size &&
    keypointNames[0]?.length === 14;
  const name = protocol === "auto" ? (isCrowdPose ? "crowdpose" : "coco") : protocol;
  return name === "coco" ? COCO_PROTOCOL : crowdPoseProtocol(crowdIndices);
}

/** Flags that are not given leave the protocol's own parameters. */
async function paramsOf(flags: ScoreFlags, { params }: EvaluationProtocol): Promise<Partial<EvalParams>> {
  const { readNumberList } = await import("../../datasets/coco/read-number-list.ts");
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

/** An error that names a record gets its file's name. */
function evaluate(
  { gt, results: resultsFile }: ScoreFlags,
  protocol: EvaluationProtocol,
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: Partial<EvalParams>,
): KeypointEvaluation {
  try {
    return protocol.evaluate(truth, results, params);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const file = { results: resultsFile, annotation: gt }[
      /^results|^annotation/.exec(cause.message)?.[0] ?? ""
    ];
    throw file ? new RangeError(`${file} ${cause.message}`, { cause }) : cause;
  }
}

/** What was left out goes to stdout if asked for, what a reader of the numbers must know to stderr. */
async function printNotes(
  flags: ScoreFlags,
  protocol: EvaluationProtocol,
  { truth, estimatedAreas }: TruthFile,
  results: readonly KeypointResult[],
  evaluation: KeypointEvaluation,
): Promise<QuirkEffect[]> {
  const { takeCensus } = await import("../../eval/census.ts");
  const { explainLines, quirkLines } = await import("../../eval/explain.ts");
  const { quirkEffects } = await import("../../eval/quirk-effects.ts");
  const { params } = evaluation;
  const effects = protocol.name === "coco" ? quirkEffects(truth, results, params) : [];
  if (flags.explain) {
    const lines = explainLines(takeCensus(truth, results, params), evaluation, protocol.lines);
    for (const line of [...lines, ...quirkLines(effects)]) console.log(line);
  } else {
    const moving = effects.filter(({ lines, refusal }) => lines.length > 0 || refusal);
    for (const line of quirkLines(moving)) console.error(line);
  }
  if (params.useArea && estimatedAreas > 0) {
    console.error(`${flags.gt}: ${estimatedAreas} annotations have no area: 0.53 of the box stands in`);
  }
  if (!params.maxDetections.includes(SUMMARY_MAX_DETECTIONS)) {
    console.error(`-1: the lines are of ${SUMMARY_MAX_DETECTIONS} detections, which --max-dets leaves out`);
  }
  const known = new Set(truth.imageIds);
  const unknown = params.imageIds.filter((id) => !known.has(id));
  if (unknown.length > 0) {
    console.error(
      `${flags.imageIds}: ${unknown.length} ids are not in ${flags.gt}, the first is ${unknown[0]}`,
    );
  }
  return effects;
}

async function writeHtml(
  file: string,
  { gt, results: resultsFile, images }: ScoreFlags,
  { skeleton, name }: EvaluationProtocol,
  { truth, fileNames }: TruthFile,
  results: readonly KeypointResult[],
  evaluation: KeypointEvaluation,
): Promise<void> {
  const { writeReport } = await import("../report/write-report.ts");
  const { cocoStats } = await import("../../eval/summary.ts");
  const written = await writeReport(
    {
      truth,
      results,
      evaluation: { ...evaluation, stats: cocoStats(evaluation) },
      protocol: [
        ["results", resultsFile],
        ["ground truth", gt],
        ["protocol", name],
      ],
      skeleton,
      ...(images ? { pictures: { folder: images, fileNames } } : {}),
    },
    file,
  );
  console.log(`${written.html}, ${written.markdown}`);
}

function requireAp({ minAp }: ScoreFlags, { stats }: KeypointEvaluation): void {
  const ap = stats[0] ?? -1;
  if (minAp === undefined || ap >= minAp) return;
  console.error(`AP: expected at least ${minAp}, got ${ap}`);
  process.exitCode = 1;
}
