import { basename } from "node:path";
import { readTruth, type TruthFile } from "../../datasets/coco/read-annotations.ts";
import { readResults } from "../../datasets/coco/results.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import type { KeypointEvaluation } from "../../eval/evaluate-keypoints.ts";
import {
  evaluatedRecords,
  explainLines,
  type QuirkEffect,
  quirkEffects,
  quirkLines,
} from "../../eval/explain.ts";
import type { KeypointResult } from "../../eval/keypoint-data.ts";
import type { EvaluationProtocol } from "../../eval/protocol.ts";
import { SUMMARY_MAX_DETECTIONS } from "../../eval/summary.ts";
import { scoreJson } from "./score-json.ts";
import { chooseProtocol, evaluateFiles, type ScoringFlags, scoringParams } from "./scoring.ts";

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

export async function score(flags: ScoreFlags): Promise<void> {
  const truthFile = await readTruth(flags.gt);
  const results = await readResults(flags.results);
  const protocol = chooseProtocol(flags, truthFile);
  const params = await scoringParams(flags, protocol);
  const evaluation = evaluateFiles(flags, protocol, truthFile.truth, results, params);
  const summary = protocol.print(evaluation);
  for (const line of summary) console.log(line);

  const effects = printNotes(flags, protocol, truthFile, results, evaluation);
  if (flags.json) {
    const { truth } = truthFile;
    const json = scoreJson({ ...flags, protocol, truth, results, evaluation, summary, effects });
    await writeAtomic(flags.json, [json]);
  }
  if (flags.html) await writeHtml(flags.html, flags, protocol, truthFile, results, evaluation);
  requireAp(flags, evaluation);
}

/** Prints what was left out to stdout if asked to, and warnings about the numbers to stderr. */
function printNotes(
  flags: ScoreFlags,
  protocol: EvaluationProtocol,
  { truth, estimatedAreas }: TruthFile,
  results: readonly KeypointResult[],
  evaluation: KeypointEvaluation,
): QuirkEffect[] {
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
  protocol: EvaluationProtocol,
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
      protocol,
      title: `${basename(resultsFile)} on ${basename(gt)}`,
      facts: [
        ["results", resultsFile],
        ["ground truth", gt],
        ["benchmark", protocol.name],
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
