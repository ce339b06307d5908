import type { ResultsComparison } from "../../eval/analysis/compare-results.ts";
import { findImages } from "../../eval/analysis/find-images.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { Skeleton } from "../../eval/skeleton.ts";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { comparisonMarkdown } from "./comparison-markdown.ts";
import { comparisonPage } from "./comparison-page.ts";
import type { ComparisonReport } from "./comparison-report.ts";
import type { PictureFolder } from "./picture.ts";
import type { Fact } from "./score-report.ts";
import { type WrittenReport, writePages } from "./write-report.ts";

export interface ComparisonInput {
  readonly truth: KeypointTruth;
  readonly first: readonly KeypointResult[];
  readonly second: readonly KeypointResult[];
  /** Of these, from `compareResults`. */
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

/** Tells a comparison in one HTML file that needs nothing beside it, and in Markdown next to it. */
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
