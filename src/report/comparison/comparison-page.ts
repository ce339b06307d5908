import * as Plot from "@observablehq/plot";
import type { AnalysedImage } from "../../../eval/analysis/analyse-keypoints.ts";
import type {
  Difference,
  LineComparison,
  ResultsComparison,
} from "../../../eval/analysis/compare-results.ts";
import type { Skeleton } from "../../../eval/skeletons/skeleton.ts";
import { drawPlot } from "../kit/draw-plot.ts";
import { card, describeFaults, drawImages, galleryLegend } from "../kit/gallery.ts";
import { type Html, html } from "../kit/html.ts";
import { NONE, percent, score, signed } from "../kit/numbers.ts";
import { type Fact, factList, figure, page, table } from "../kit/page.ts";
import type { PictureFolder } from "../kit/picture.ts";

/** What a report of two results for the same ground truth tells. */
export interface ComparisonReport {
  readonly title: string;
  readonly firstName: string;
  readonly secondName: string;
  readonly facts: readonly Fact[];
  readonly comparison: ResultsComparison;
  readonly skeleton: Skeleton;
  /** The images that changed most, with what each of the two results found there. */
  readonly changed: readonly ChangedImage[];
}

interface ChangedImage {
  readonly imageId: number;
  readonly gain: number;
  readonly first: AnalysedImage;
  readonly second: AnalysedImage;
}

/** One sentence: which is better, by how much, how surely. */
export function conclusion({ comparison, firstName, secondName }: ComparisonReport): string {
  const ap = comparison.lines[0];
  const difference = ap?.difference;
  if (!ap || !difference) return "No person counts: there is nothing to compare.";
  const interval = `${percent(comparison.options.confidence, 0)} interval ${intervalOf(difference)}`;
  const numbers = `AP ${score(ap.first)} and ${score(ap.second)}, difference ${signed(difference.value)}, ${interval}`;
  if (!isSure(difference)) return `${numbers}: either may be the better one.`;
  return `${difference.value > 0 ? secondName : firstName} is the better one: ${numbers}.`;
}

/** Whether the interval leaves out 0. */
function isSure({ low, high }: Difference): boolean {
  return low > 0 || high < 0;
}

export function intervalOf({ low, high }: Difference): string {
  return `${signed(low)} to ${signed(high)}`;
}

/** The report of a comparison as a page. */
export async function comparisonPage(report: ComparisonReport, pictures?: PictureFolder): Promise<string> {
  return page(
    report.title,
    html`<p class="muted">COCO keypoint evaluation, two results compared</p><h1>${report.title}</h1>
<ul class="findings"><li class="look">${conclusion(report)}</li></ul>${factList(report.facts)}`,
    [
      { id: "lines", title: "Line by line", content: lines(report) },
      { id: "images", title: "Images that changed most", content: await changedImages(report, pictures) },
    ],
  );
}

function lines(report: ComparisonReport): Html {
  const { comparison, firstName, secondName } = report;
  const { confidence, resamples } = comparison.options;
  return html`${figure(
    differencePlot(comparison.lines),
    `${secondName} less ${firstName}, with the ${percent(confidence, 0)} interval of ${resamples} draws of the images with replacement, the same for both. An interval that leaves out 0 is drawn full.`,
  )}
${table(comparison.lines, [
  { title: "line", cell: ({ name }) => name },
  { title: firstName, cell: ({ first }) => score(first) },
  { title: secondName, cell: ({ second }) => score(second) },
  { title: "difference", cell: ({ difference }) => (difference ? colored(difference.value) : NONE) },
  { title: "interval", cell: ({ difference }) => (difference ? intervalOf(difference) : NONE) },
  {
    title: "not better",
    cell: ({ difference }) => (difference ? percent(difference.notBetter) : NONE),
    hint: `share of the draws in which ${secondName} is no better`,
  },
])}`;
}

function colored(value: number): Html {
  return html`<span class="${value > 0 ? "up" : value < 0 ? "down" : ""}">${signed(value)}</span>`;
}

function differencePlot(comparisons: readonly LineComparison[]): Html {
  const rows = comparisons.flatMap(({ name, difference }) =>
    difference ? [{ name, ...difference, opacity: isSure(difference) ? 1 : 0.4 }] : [],
  );
  const color = "var(--accent)";
  return drawPlot("Difference of every line, with its interval", {
    width: 760,
    height: 30 * rows.length + 66,
    marginLeft: 64,
    marginBottom: 46,
    x: { label: "difference", grid: true, tickFormat: "+.3~f" },
    y: { domain: rows.map(({ name }) => name), label: null, tickSize: 0 },
    marks: [
      Plot.ruleX([0], { stroke: "var(--muted)" }),
      Plot.link(rows, {
        x1: "low",
        x2: "high",
        y1: "name",
        y2: "name",
        stroke: color,
        strokeWidth: 3,
        opacity: "opacity",
      }),
      Plot.dot(rows, { x: "value", y: "name", fill: color, r: 5, opacity: "opacity" }),
    ],
    opacity: { type: "identity" },
  });
}

async function changedImages(report: ComparisonReport, pictures?: PictureFolder): Promise<Html> {
  const { changed, skeleton, firstName, secondName } = report;
  const cards: Html[] = [];
  for (const image of changed) {
    const { drawn, name } = await drawImages([image.first, image.second], skeleton, pictures);
    cards.push(card(drawn, name, describeChange(image, firstName, secondName)));
  }
  return html`<p>${`Ordered by what the image adds to the difference in AP: positive where ${secondName} does better. Left ${firstName}, right ${secondName}.`}</p>
${galleryLegend()}<div class="pairs">${cards}</div>`;
}

/** Such as `+0.0021 AP; first.json: 2 of 5 persons not found; second.json: all 5 persons found`. */
export function describeChange(image: ChangedImage, firstName: string, secondName: string): string {
  const { gain, first, second } = image;
  return `${signed(gain, 4)} AP; ${firstName}: ${describeFaults(first)}; ${secondName}: ${describeFaults(second)}`;
}
