import { findImages } from "../../../eval/analysis/analyse-keypoints.ts";
import type { ResultsComparison } from "../../../eval/analysis/compare-results.ts";
import type { KeypointResult, KeypointTruth } from "../../../eval/keypoint-data.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";
import type { Skeleton } from "../../../eval/skeletons/skeleton.ts";
import { escapeMarkdown, markdownFacts, markdownTable } from "../kit/markdown.ts";
import { NONE, percent, score, signed } from "../kit/numbers.ts";
import type { Fact } from "../kit/page.ts";
import type { PictureFolder } from "../kit/picture.ts";
import { type WrittenReport, writePages } from "../kit/write-pages.ts";
import {
  type ComparisonReport,
  comparisonPage,
  conclusion,
  describeChange,
  intervalOf,
} from "./comparison-page.ts";

export interface ComparisonInput {
  readonly truth: KeypointTruth;
  readonly first: readonly KeypointResult[];
  readonly second: readonly KeypointResult[];
  /** What `compareResults` says of these two. */
  readonly comparison: ResultsComparison;
  readonly firstName: string;
  readonly secondName: string;
  /** Which files were compared, and how. */
  readonly facts: readonly Fact[];
  readonly title?: string;
  /** @default COCO's */
  readonly skeleton?: Skeleton;
  readonly pictures?: PictureFolder;
}

const SHOWN_IMAGES = 12;

/** Writes the report of a comparison: one self-contained HTML file, and Markdown beside it. */
export async function writeComparison(input: ComparisonInput, htmlFile: string): Promise<WrittenReport> {
  const { truth, first, second, comparison, firstName, secondName, facts, pictures } = input;
  const { title = `${firstName} and ${secondName}`, skeleton = COCO_SKELETON } = input;
  const shown = comparison.images.filter(({ gain }) => gain !== 0).slice(0, SHOWN_IMAGES);
  const [ofFirst, ofSecond] = [first, second].map((results) =>
    findImages(
      truth,
      results,
      comparison.params,
      skeleton,
      shown.map(({ imageId }) => imageId),
    ),
  );
  const changed = shown.flatMap((image, index) => {
    const [a, b] = [ofFirst?.[index], ofSecond?.[index]];
    return a && b ? [{ ...image, first: a, second: b }] : [];
  });
  const report: ComparisonReport = { title, firstName, secondName, facts, comparison, skeleton, changed };
  return await writePages(htmlFile, await comparisonPage(report, pictures), comparisonMarkdown(report));
}

/** The report of a comparison as Markdown: its numbers without plots and pictures. */
export function comparisonMarkdown(report: ComparisonReport): string {
  const { title, facts, comparison, changed, firstName, secondName } = report;
  const blocks = [
    `# ${escapeMarkdown(title)}`,
    escapeMarkdown(conclusion(report)),
    markdownFacts(facts),
    markdownTable(comparison.lines, [
      { title: "line", cell: ({ name }) => name },
      { title: firstName, cell: ({ first }) => score(first) },
      { title: secondName, cell: ({ second }) => score(second) },
      { title: "difference", cell: ({ difference }) => (difference ? signed(difference.value) : NONE) },
      {
        title: `${percent(comparison.options.confidence, 0)} interval`,
        cell: ({ difference }) => (difference ? intervalOf(difference) : NONE),
      },
      { title: "not better", cell: ({ difference }) => (difference ? percent(difference.notBetter) : NONE) },
    ]),
    "## Images that changed most",
    markdownTable(changed, [
      { title: "image", cell: ({ imageId }) => String(imageId) },
      { title: "change", cell: (image) => describeChange(image, firstName, secondName), numeric: false },
    ]),
  ];
  return `${blocks.join("\n\n")}\n`;
}
