import type { GroupScores } from "../../../eval/analysis/person-groups.ts";
import { costliestImages, describeImage } from "../kit/gallery.ts";
import { codeBlock, escapeMarkdown, markdownFacts, markdownTable } from "../kit/markdown.ts";
import { percent, score } from "../kit/numbers.ts";
import { type WrittenReport, writePages } from "../kit/write-pages.ts";
import { findings } from "./findings.ts";
import { scorePage } from "./score-page.ts";
import { evaluationFacts, explainScores, type ScoreReport, type ScoreReportInput } from "./score-report.ts";
import {
  COST_COLUMNS,
  costRows,
  FALSE_POSITIVE_COLUMNS,
  falsePositiveRows,
  groupColumns,
  KEYPOINT_COLUMNS,
} from "./score-tables.ts";

/**
 * Writes the report that explains an evaluation: one self-contained HTML file, and Markdown beside it (`.md` in place of
 * the page's extension). Missing folders are made.
 */
export async function writeReport(input: ScoreReportInput, htmlFile: string): Promise<WrittenReport> {
  const report = explainScores(input);
  return await writePages(htmlFile, await scorePage(report, input.pictures), scoreMarkdown(report));
}

/** The report of one evaluation as Markdown: the numbers of the page without its plots and pictures. */
function scoreMarkdown(report: ScoreReport): string {
  const { analysis, evaluation, protocol, notes, title } = report;
  const { bySize, byVisibleKeypoints, byOverlap, calibration } = analysis;
  const blocks = [
    `# ${escapeMarkdown(title)}`,
    codeBlock(protocol.print(evaluation).join("\n")),
    findings(analysis)
      .map(({ text }) => `- ${escapeMarkdown(text)}`)
      .join("\n"),
    "## Protocol",
    markdownFacts(evaluationFacts(report)),
    "## What counts",
    notes.map((note) => `- ${escapeMarkdown(note)}`).join("\n"),
    "## What costs AP",
    markdownTable(costRows(analysis), COST_COLUMNS),
    "## Keypoints",
    markdownTable(analysis.keypoints, KEYPOINT_COLUMNS),
    "## Persons",
    groupTable("area, pixels", bySize),
    groupTable("labelled keypoints", byVisibleKeypoints),
    groupTable("overlap", byOverlap),
    "## False positives and scores",
    markdownTable(falsePositiveRows(analysis), FALSE_POSITIVE_COLUMNS),
    `Mean distance of score and OKS: ${score(calibration.error)}. Pairs ranked right: ${percent(calibration.concordance)}.`,
    "## Costliest images",
    markdownTable(costliestImages(analysis), [
      { title: "image", cell: ({ imageId }) => String(imageId) },
      { title: "what is wrong", cell: describeImage, numeric: false },
    ]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function groupTable(title: string, groups: readonly GroupScores[]): string {
  return markdownTable(
    groups.filter(({ numPersons }) => numPersons > 0),
    groupColumns(title),
  );
}
