import { costliestImages, costlyGallery } from "../kit/gallery.ts";
import { type Html, html } from "../kit/html.ts";
import { percent, score } from "../kit/numbers.ts";
import { factList, figure, legend, type PageSection, page, table, tiles } from "../kit/page.ts";
import { DIAGNOSIS_COLORS, KIND_COLORS } from "../kit/palette.ts";
import type { PictureFolder } from "../kit/picture.ts";
import { findings } from "./findings.ts";
import {
  calibrationPlot,
  costPlot,
  curveLegend,
  diagnosisPlot,
  groupPlot,
  precisionRecallPlot,
  scorePlot,
} from "./score-plots.ts";
import { evaluationFacts, type ScoreReport } from "./score-report.ts";
import {
  COST_COLUMNS,
  costRows,
  FALSE_POSITIVE_COLUMNS,
  falsePositiveRows,
  KEYPOINT_COLUMNS,
} from "./score-tables.ts";

/** The report of one evaluation as a page. */
export async function scorePage(report: ScoreReport, pictures?: PictureFolder): Promise<string> {
  const { title } = report;
  const lead = html`<p class="muted">COCO keypoint evaluation</p><h1>${title}</h1>${scoreTiles(report)}`;
  return page(title, lead, await scoreSections(report, pictures));
}

/** The sections of the report of one evaluation, for a page of its own or as part of another. */
export async function scoreSections(report: ScoreReport, pictures?: PictureFolder): Promise<PageSection[]> {
  const { analysis } = report;
  const worst = costliestImages(analysis);
  return [
    { id: "findings", title: "In short", content: summary(report) },
    { id: "costs", title: "What costs AP", content: costs(report) },
    { id: "curves", title: "Precision and recall", content: curves(report) },
    { id: "keypoints", title: "Keypoints", content: keypoints(report) },
    { id: "persons", title: "Persons", content: persons(report) },
    { id: "detections", title: "False positives and scores", content: detections(report) },
    {
      id: "images",
      title: "Costliest images",
      content: html`<p>${worst.length > 0 ? "Ordered by what AP would gain without the image." : "No image costs AP."}</p>${await costlyGallery(worst, analysis.skeleton, pictures)}`,
    },
    { id: "terms", title: "Terms", content: terms() },
  ];
}

/** The evaluation's numbers as tiles. */
export function scoreTiles({ protocol, evaluation: { stats } }: ScoreReport): Html {
  return tiles(protocol.statNames.map((name, index) => [score(stats[index] ?? -1), name]));
}

function summary(report: ScoreReport): Html {
  const told = findings(report.analysis).map(({ kind, text }) => html`<li class="${kind}">${text}</li>`);
  return html`<ul class="findings">${told}</ul>
<pre>${report.protocol.print(report.evaluation).join("\n")}</pre>
<h3>Protocol</h3>${factList(evaluationFacts(report))}
<h3>What counts</h3><ul class="notes">${report.notes.map((note) => html`<li>${note}</li>`)}</ul>`;
}

function costs({ analysis }: ScoreReport): Html {
  return html`<p>Each kind of error is corrected on top of those before it. What is left in the end is finer than a second human’s labels: good keypoints that are not exactly on theirs.</p>
${figure(costPlot(analysis.errorCosts), "AP, mean over the OKS thresholds, persons of any size.")}
${table(costRows(analysis), COST_COLUMNS)}`;
}

function curves({ analysis, evaluation }: ScoreReport): Html {
  return html`${legend(curveLegend(analysis.curves))}
${figure(
  precisionRecallPlot(analysis.curves, evaluation.params.recallThresholds),
  "Where a curve ends, no more persons are found, however low the score; where it sags, false positives outrank what comes after.",
)}`;
}

function keypoints({ analysis }: ScoreReport): Html {
  return html`${legend(byColor(DIAGNOSIS_COLORS))}
${figure(diagnosisPlot(analysis.keypoints), "Of the labelled keypoints of persons that were found (OKS 0.1).")}
${table(analysis.keypoints, KEYPOINT_COLUMNS)}`;
}

function persons({ analysis }: ScoreReport): Html {
  const { bySize, byVisibleKeypoints, byOverlap } = analysis;
  return html`<p>AP within groups; how many persons each holds stands in brackets. A false positive counts in the group of the person it is most like, background in none: these numbers compare with each other, not with AP(M) and AP(L).</p>
<div class="pair">${figure(groupPlot(bySize, "segment area"), "By segment area, square pixels.")}
${figure(groupPlot(byVisibleKeypoints, "labelled keypoints"), "By number of labelled keypoints.")}
${figure(groupPlot(byOverlap, "overlap"), "By the largest intersection over union with another person’s box.")}</div>`;
}

function detections({ analysis }: ScoreReport): Html {
  const { calibration, counts } = analysis;
  return html`<p>${`At OKS 0.5, ${counts.missedAtHalf} of ${counts.persons} persons have no correct detection; ${counts.missedPersons} have none near them at all.`}</p>
${table(falsePositiveRows(analysis), FALSE_POSITIVE_COLUMNS)}
${legend(byColor(KIND_COLORS))}
<div class="pair">${figure(scorePlot(analysis.images), "Detections by score.")}
${figure(
  calibrationPlot(calibration),
  `Ten groups of detections by score, with the OKS they reach. On the dotted line the score is what the detection is worth; mean distance ${score(calibration.error)}. The better of two detections scores higher ${percent(calibration.concordance)} of the time.`,
)}</div>`;
}

function byColor(colors: Readonly<Record<string, string>>): [color: string, text: string][] {
  return Object.entries(colors).map(([text, color]) => [color, text]);
}

function terms(): Html {
  return html`<p>Similarity: a keypoint’s part of OKS, exp(−d² / (2 · area · (2σ)²)). A keypoint is good from 0.85 on, as near as a second human’s label; jitter from 0.5 to 0.85. Below, it is an inversion where it is near its left or right counterpart on the same person, a swap where it is near that keypoint or its counterpart on another person, else a miss; where several places are near, the nearest decides. Corrected keypoints move to similarity 0.85. (Definitions: Ruggero Ronchi &amp; Perona, “Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation”, ICCV 2017. There a corrected miss reaches 0.5 only.)</p>
<p>Corrected scores: each detection scores its OKS with the person left to it when the most alike pairs are taken first. Corrected background: detections of OKS below 0.1 with everyone are removed. Corrected missed persons: persons that no detection reaches OKS 0.1 with are removed.</p>
<p>PCK: share of labelled keypoints within a distance of the label, as a share of the longer side of the person’s box. Numbers on keypoints are over persons that were found (OKS 0.1).</p>`;
}
