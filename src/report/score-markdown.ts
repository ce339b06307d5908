import type { GroupScores } from "../../eval/analysis/group-scores.ts";
import { findings } from "./findings.ts";
import { describeImage } from "./gallery.ts";
import { codeBlock, escapeMarkdown, markdownFacts, markdownTable } from "./markdown.ts";
import { gain, percent, score, spoken } from "./numbers.ts";
import { SHOWN_IMAGES } from "./score-page.ts";
import { protocolFacts, type ScoreReport } from "./score-report.ts";
import { costRows, falsePositiveRows, keypointRows } from "./score-tables.ts";

/** The report of one evaluation as Markdown: the numbers of the page without its plots and pictures. */
export function scoreMarkdown(report: ScoreReport): string {
  const { analysis, evaluation, benchmark, notes, title } = report;
  const { bySize, byVisibleKeypoints, byOverlap, calibration } = analysis;
  const blocks = [
    `# ${escapeMarkdown(title)}`,
    codeBlock(benchmark.print(evaluation).join("\n")),
    findings(analysis)
      .map(({ text }) => `- ${escapeMarkdown(text)}`)
      .join("\n"),
    "## Protocol",
    markdownFacts(protocolFacts(report)),
    "## What counts",
    notes.map((note) => `- ${escapeMarkdown(note)}`).join("\n"),
    "## What costs AP",
    markdownTable(costRows(analysis), [
      { title: "error", cell: ({ type }) => type },
      { title: "AP without", cell: ({ alone }) => score(alone.mean) },
      { title: "gained", cell: (row) => gain(row.before.mean, row.alone.mean) },
      { title: "at OKS .5", cell: (row) => gain(row.before.half, row.alone.half) },
      { title: "at OKS .75", cell: (row) => gain(row.before.threeQuarters, row.alone.threeQuarters) },
      { title: "AP so far", cell: ({ together }) => score(together.mean) },
    ]),
    "## Keypoints",
    markdownTable(keypointRows(analysis), [
      { title: "keypoint", cell: ({ name }) => spoken(name) },
      { title: "labelled", cell: ({ labelled }) => labelled },
      { title: "AP", cell: ({ ap }) => score(ap) },
      { title: "OKS", cell: ({ similarity }) => score(similarity) },
      { title: "PCK .05", cell: ({ pck }) => percent(pck[0] ?? Number.NaN) },
      { title: "PCK .1", cell: ({ pck }) => percent(pck[1] ?? Number.NaN) },
      { title: "good", cell: ({ shares }) => percent(shares.good) },
      { title: "jitter", cell: ({ shares }) => percent(shares.jitter) },
      { title: "inversion", cell: ({ shares }) => percent(shares.inversion) },
      { title: "swap", cell: ({ shares }) => percent(shares.swap) },
      { title: "miss", cell: ({ shares }) => percent(shares.miss) },
    ]),
    "## Persons",
    groupTable("area, pixels", bySize),
    groupTable("labelled keypoints", byVisibleKeypoints),
    groupTable("overlap", byOverlap),
    "## False positives and scores",
    markdownTable(falsePositiveRows(analysis), [
      { title: "false positive", cell: ({ kind }) => kind },
      { title: "count", cell: ({ count }) => count },
      { title: "confident", cell: ({ confident }) => confident },
      { title: "AP without", cell: ({ ap }) => score(ap) },
      { title: "gained", cell: (row) => gain(row.before, row.ap) },
    ]),
    `Mean distance of score and OKS: ${score(calibration.error)}. Pairs ranked right: ${percent(calibration.concordance)}.`,
    "## Costliest images",
    markdownTable(analysis.images.slice(0, SHOWN_IMAGES), [
      { title: "image", cell: ({ imageId }) => String(imageId) },
      { title: "what is wrong", cell: describeImage },
    ]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function groupTable(title: string, groups: readonly GroupScores[]): string {
  return markdownTable(
    groups.filter(({ numPersons }) => numPersons > 0),
    [
      { title, cell: ({ name }) => name },
      { title: "persons", cell: ({ numPersons }) => String(numPersons) },
      { title: "AP", cell: ({ precision }) => score(precision.mean) },
    ],
  );
}
