import type { AnalysedImage } from "../../eval/analysis/analysed-images.ts";
import type { Difference, ResultsComparison } from "../../eval/analysis/compare-results.ts";
import type { Skeleton } from "../../eval/skeleton.ts";
import { percent, score, signed } from "./numbers.ts";
import type { Fact } from "./score-report.ts";

/** What a report of two results for the same ground truth tells. */
export interface ComparisonReport {
  readonly title: string;
  readonly firstName: string;
  readonly secondName: string;
  readonly facts: readonly Fact[];
  readonly comparison: ResultsComparison;
  readonly skeleton: Skeleton;
  /** Of the images that changed most, what each of the two found. */
  readonly changed: readonly ChangedImage[];
}

export interface ChangedImage {
  readonly imageId: number;
  readonly gain: number;
  readonly first: AnalysedImage;
  readonly second: AnalysedImage;
}

/** One sentence: which is better, by how much, how surely. */
export function verdict({ comparison, firstName, secondName }: ComparisonReport): string {
  const ap = comparison.lines[0];
  const difference = ap?.difference;
  if (!ap || !difference) return "No person counts: there is nothing to compare.";
  const interval = `${percent(comparison.options.confidence, 0)} interval ${intervalOf(difference)}`;
  const numbers = `AP ${score(ap.first)} and ${score(ap.second)}, difference ${signed(difference.value)}, ${interval}`;
  if (!isSure(difference)) return `${numbers}: either may be the better one.`;
  return `${difference.value > 0 ? secondName : firstName} is the better one: ${numbers}.`;
}

/** Whether the interval leaves out 0. */
export function isSure({ low, high }: Difference): boolean {
  return low > 0 || high < 0;
}

export function intervalOf({ low, high }: Difference): string {
  return `${signed(low)} to ${signed(high)}`;
}
