import { mkdir } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { analyseKeypoints } from "../../eval/analysis/analyse-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { KeypointEvaluation } from "../../eval/keypoint-evaluator.ts";
import type { Skeleton } from "../../eval/skeleton.ts";
import { writeAtomic } from "../weights/write-atomic.ts";
import type { PictureFolder } from "./picture.ts";
import { scoreMarkdown } from "./score-markdown.ts";
import { scorePage } from "./score-page.ts";
import type { Fact } from "./score-report.ts";

export interface ReportInput {
  readonly truth: KeypointTruth;
  readonly results: readonly KeypointResult[];
  /** Of this truth and these results. */
  readonly evaluation: KeypointEvaluation;
  /** How the results were made and from which files; what the evaluation itself knows is added. */
  readonly protocol: readonly Fact[];
  /** @default "Keypoint report" */
  readonly title?: string;
  /** @default COCO's */
  readonly skeleton?: Skeleton;
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
  const { truth, results, evaluation, protocol, title = "Keypoint report", skeleton, pictures } = input;
  const analysis = analyseKeypoints(truth, results, evaluation, skeleton);
  const report = { title, protocol, evaluation, analysis };
  return await writePages(htmlFile, await scorePage(report, pictures), scoreMarkdown(report));
}

/** Writes a page and its Markdown beside it. */
export async function writePages(htmlFile: string, html: string, markdown: string): Promise<WrittenReport> {
  const markdownFile = `${htmlFile.slice(0, htmlFile.length - extname(htmlFile).length)}.md`;
  await mkdir(dirname(htmlFile), { recursive: true });
  await writeAtomic(htmlFile, [html]);
  await writeAtomic(markdownFile, [markdown]);
  return { html: htmlFile, markdown: markdownFile };
}
