import { mkdir } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { writeAtomic } from "../../../datasets/files/write-atomic.ts";
import { analyseKeypoints } from "../../../eval/analysis/analyse-keypoints.ts";
import type { KeypointEvaluation } from "../../../eval/evaluate-keypoints.ts";
import { evaluatedRecords, explainLines, quirkEffects, quirkLines } from "../../../eval/explain.ts";
import type { KeypointResult, KeypointTruth } from "../../../eval/keypoint-data.ts";
import { COCO_PROTOCOL, type EvaluationProtocol } from "../../../eval/protocol.ts";
import type { PictureFolder } from "../kit/picture.ts";
import { scoreMarkdown } from "./score-markdown.ts";
import { scorePage } from "./score-page.ts";
import type { Fact, ScoreReport } from "./score-report.ts";

export interface ReportInput {
  readonly truth: KeypointTruth;
  readonly results: readonly KeypointResult[];
  /** Of this truth and these results. */
  readonly evaluation: KeypointEvaluation;
  /** How the results were made and from which files; what the evaluation itself knows is added. */
  readonly protocol: readonly Fact[];
  /** @default "Keypoint report" */
  readonly title?: string;
  /** Whose evaluation it is. @default COCO's */
  readonly benchmark?: EvaluationProtocol;
  /** For the gallery of the costliest images. */
  readonly pictures?: PictureFolder;
}

export interface WrittenReport {
  readonly html: string;
  readonly markdown: string;
}

/**
 * Explains an evaluation in one HTML file that needs nothing beside it, and in Markdown next to it (`.md` in place of
 * the page's ending). Folders are made if need be.
 */
export async function writeReport(input: ReportInput, htmlFile: string): Promise<WrittenReport> {
  const report = explainScores(input);
  return await writePages(htmlFile, await scorePage(report, input.pictures), scoreMarkdown(report));
}

/** All that a report of an evaluation tells. */
export function explainScores(input: Omit<ReportInput, "pictures">): ScoreReport {
  const { truth, results, evaluation, protocol, title = "Keypoint report" } = input;
  const { benchmark = COCO_PROTOCOL } = input;
  const analysis = analyseKeypoints(truth, results, evaluation, benchmark.skeleton);
  return { title, protocol, benchmark, evaluation, notes: notesOn(input, benchmark), analysis };
}

/** Quirks are measured by COCO's ten lines, so for COCO alone. */
function notesOn({ truth, results, evaluation }: ReportInput, benchmark: EvaluationProtocol): string[] {
  const { params } = evaluation;
  const effects = benchmark.name === "coco" ? quirkEffects(truth, results, params) : [];
  return [
    ...explainLines(evaluatedRecords(truth, results, params), evaluation, benchmark.lines),
    ...quirkLines(effects),
  ];
}

/** Writes a page and its Markdown beside it. */
export async function writePages(htmlFile: string, html: string, markdown: string): Promise<WrittenReport> {
  const markdownFile = `${htmlFile.slice(0, htmlFile.length - extname(htmlFile).length)}.md`;
  await mkdir(dirname(htmlFile), { recursive: true });
  await writeAtomic(htmlFile, [html]);
  await writeAtomic(markdownFile, [markdown]);
  return { html: htmlFile, markdown: markdownFile };
}
