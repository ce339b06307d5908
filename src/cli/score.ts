import { basename } from "node:path";
import { Command } from "commander";
import type { TruthFile } from "../../datasets/coco/read-annotations.ts";
import type { KeypointEvaluation } from "../../eval/evaluate-keypoints.ts";
import type { QuirkEffect } from "../../eval/explain.ts";
import type { KeypointResult } from "../../eval/keypoint-data.ts";
import type { EvaluationProtocol } from "../../eval/protocol.ts";
import { SUMMARY_MAX_DETECTIONS } from "../../eval/summary.ts";
import { evaluateFiles } from "./evaluate-files.ts";
import { numberBetween } from "./options.ts";
import { addScoringOptions, chooseProtocol, type ScoringFlags, scoringParams } from "./scoring-options.ts";

interface ScoreFlags extends ScoringFlags {
  readonly gt: string;
  readonly results: string;
  readonly json?: string;
  readonly arrays?: boolean;
  readonly html?: string;
  readonly images?: string;
  readonly minAp?: number;
  readonly explain?: boolean;
}

/** `dypose score`: COCO's ten numbers for the results of any tool. */
export function scoreCommand(): Command {
  const command = new Command("score")
    .description("score a COCO keypoint results file, with pycocotools' numbers to the last bit")
    .requiredOption("--gt <file>", "ground truth, a COCO person_keypoints file")
    .requiredOption("--results <file>", "COCO keypoint results of any tool")
    .option("--json <file>", "write the numbers as JSON")
    .option("--arrays", "with --json: precision and scores [T][R][K][A][M], recall [T][K][A][M] as well")
    .option("--html <file>", "write a report that explains the numbers, and Markdown beside it")
    .option("--images <dir>", "folder of the images, for the report's pictures")
    .option("--min-ap <ap>", "exit with code 1 if AP is lower", numberBetween(0, 1));
  return addScoringOptions(command)
    .option("--explain", "list what was ignored and why, and what -1 means")
    .action(score);
}

async function score(flags: ScoreFlags): Promise<void> {
  const { readTruth } = await import("../../datasets/coco/read-annotations.ts");
  const { readResults } = await import("../../datasets/coco/results.ts");
  const truthFile = await readTruth(flags.gt);
  const results = await readResults(flags.results);
  const protocol = await chooseProtocol(flags, truthFile);
  const params = await scoringParams(flags, protocol);
  const evaluation = evaluateFiles(flags, protocol, truthFile.truth, results, params);
  const summary = protocol.print(evaluation);
  for (const line of summary) console.log(line);

  const effects = await printNotes(flags, protocol, truthFile, results, evaluation);
  if (flags.json) {
    const { scoreJson } = await import("./score-json.ts");
    const { writeAtomic } = await import("../../datasets/files/write-atomic.ts");
    const { truth } = truthFile;
    const json = scoreJson({ ...flags, protocol, truth, results, evaluation, summary, effects });
    await writeAtomic(flags.json, [json]);
  }
  if (flags.html) await writeHtml(flags.html, flags, protocol, truthFile, results, evaluation);
  requireAp(flags, evaluation);
}

/** What was left out goes to stdout if asked for, what a reader of the numbers must know to stderr. */
async function printNotes(
  flags: ScoreFlags,
  protocol: EvaluationProtocol,
  { truth, estimatedAreas }: TruthFile,
  results: readonly KeypointResult[],
  evaluation: KeypointEvaluation,
): Promise<QuirkEffect[]> {
  const { evaluatedRecords } = await import("../../eval/explain.ts");
  const { explainLines, quirkLines } = await import("../../eval/explain.ts");
  const { quirkEffects } = await import("../../eval/explain.ts");
  const { params } = evaluation;
  const effects = protocol.name === "coco" ? quirkEffects(truth, results, params) : [];
  if (flags.explain) {
    const lines = explainLines(evaluatedRecords(truth, results, params), evaluation, protocol.lines);
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
  { gt, results: resultsFile, images, mode }: ScoreFlags,
  benchmark: EvaluationProtocol,
  { truth, fileNames }: TruthFile,
  results: readonly KeypointResult[],
  evaluation: KeypointEvaluation,
): Promise<void> {
  const { writeReport } = await import("../report/score/write-report.ts");
  const written = await writeReport(
    {
      truth,
      results,
      evaluation,
      benchmark,
      title: `${basename(resultsFile)} on ${basename(gt)}`,
      protocol: [
        ["results", resultsFile],
        ["ground truth", gt],
        ["benchmark", benchmark.name],
        ["mode", mode],
      ],
      ...(images ? { pictures: { folder: images, fileNames } } : {}),
    },
    file,
  );
  console.log(`report: ${written.html}, ${written.markdown}`);
}

function requireAp({ minAp }: ScoreFlags, { stats }: KeypointEvaluation): void {
  const ap = stats[0] ?? -1;
  if (minAp === undefined || ap >= minAp) return;
  console.error(`AP: expected at least ${minAp}, got ${ap}`);
  process.exitCode = 1;
}
