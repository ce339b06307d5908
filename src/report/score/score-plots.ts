import * as Plot from "@observablehq/plot";
import type { KeypointAnalysis } from "../../../eval/analysis/analyse-keypoints.ts";
import type { ErrorCosts } from "../../../eval/analysis/error-costs.ts";
import type { GroupScores } from "../../../eval/analysis/person-groups.ts";
import { drawPlot } from "../kit/draw-plot.ts";
import type { Html } from "../kit/html.ts";
import { count, score, signed, spoken } from "../kit/numbers.ts";
import { CURVE_COLORS, DIAGNOSES, DIAGNOSIS_COLORS, ERROR_COLORS, KIND_COLORS } from "../kit/palette.ts";

type Curves = KeypointAnalysis["curves"];

export function curveLegend(curves: Curves): [color: string, text: string][] {
  return curves.map(({ threshold, ap }, index) => [
    CURVE_COLORS[index] ?? "var(--muted)",
    `${threshold === undefined ? "mean over all thresholds" : `OKS ${threshold}`}: AP ${score(ap)}`,
  ]);
}

export function precisionRecallPlot(curves: Curves, recallThresholds: readonly number[]): Html {
  const points = curves.flatMap(({ precision }, curve) =>
    precision.map((value, index) => ({
      curve,
      recall: recallThresholds[index],
      precision: Math.max(0, value),
    })),
  );
  return drawPlot("Precision over recall", {
    width: 760,
    height: 400,
    marginBottom: 46,
    x: { domain: [0, 1], label: "recall", ticks: 6 },
    y: { domain: [0, 1], label: "precision", grid: true, ticks: 6 },
    marks: [
      Plot.ruleY([0]),
      ...curves.map((_, curve) =>
        Plot.lineY(
          points.filter((point) => point.curve === curve),
          { x: "recall", y: "precision", stroke: CURVE_COLORS[curve] ?? "var(--muted)", strokeWidth: 2 },
        ),
      ),
    ],
  });
}

/** The steps from the measured AP to a perfect one, in the order of correction. */
export function costPlot({ uncorrected, costs }: ErrorCosts): Html {
  const bars = costs.map(({ type, together }, index) => ({
    name: type as string,
    from: costs[index - 1]?.together.mean ?? uncorrected.mean,
    to: together.mean,
    color: ERROR_COLORS[type],
  }));
  const rest = { name: "finer still", from: bars.at(-1)?.to ?? 0, to: 1, color: "var(--line)" };
  const rows = [
    { name: "AP as it is", from: 0, to: uncorrected.mean, color: "var(--accent)" },
    ...bars,
    rest,
  ];
  return drawPlot("AP gained by correcting one kind of error after the other", {
    width: 880,
    height: 350,
    marginLeft: 104,
    marginRight: 56,
    marginBottom: 46,
    x: { domain: [0, 1], label: "AP", grid: true, ticks: 6 },
    y: { domain: rows.map(({ name }) => name), label: null, tickSize: 0, padding: 0.25 },
    marks: [
      Plot.barX(rows, { x1: "from", x2: "to", y: "name", fill: "color" }),
      Plot.text(rows, {
        x: (row) => Math.max(row.from, row.to),
        y: "name",
        text: (row) => (row.from === 0 ? score(row.to) : signed(row.to - row.from)),
        textAnchor: "start",
        dx: 6,
        fill: "currentColor",
      }),
    ],
  });
}

/** What became of each keypoint's labels, as shares. */
export function diagnosisPlot(keypoints: KeypointAnalysis["keypoints"]): Html {
  const shares = keypoints.flatMap(({ name, numLabelled, diagnoses }) =>
    DIAGNOSES.map((diagnosis) => ({
      name: spoken(name),
      color: DIAGNOSIS_COLORS[diagnosis],
      share: numLabelled === 0 ? 0 : diagnoses[diagnosis] / numLabelled,
    })),
  );
  return drawPlot("Verdicts on each keypoint", {
    width: 880,
    height: 25 * keypoints.length + 66,
    marginLeft: 104,
    marginBottom: 46,
    x: { domain: [0, 1], label: "share of labelled keypoints", percent: false, tickFormat: ".0%", ticks: 6 },
    y: { domain: keypoints.map(({ name }) => spoken(name)), label: null, tickSize: 0, padding: 0.2 },
    marks: [Plot.barX(shares, Plot.stackX({ x: "share", y: "name", fill: "color" }))],
  });
}

export function groupPlot(groups: readonly GroupScores[], label: string): Html {
  const rows = groups
    .filter(({ numPersons }) => numPersons > 0)
    .map(({ name, numPersons, precision }) => ({
      name,
      ap: precision.mean,
      text: score(precision.mean),
      numPersons,
    }));
  return drawPlot(`AP by ${label}`, {
    width: 350,
    height: 32 * rows.length + 52,
    marginLeft: 84,
    marginRight: 78,
    x: { domain: [0, 1], label: null, grid: true, ticks: 4 },
    y: { domain: rows.map(({ name }) => name), label: null, tickSize: 0, padding: 0.3 },
    marks: [
      Plot.barX(rows, { x: "ap", y: "name", fill: "var(--accent)" }),
      Plot.text(rows, {
        x: "ap",
        y: "name",
        text: (row) => `${row.text}  (${count(row.numPersons)})`,
        textAnchor: "start",
        dx: 6,
        fill: "currentColor",
      }),
    ],
  });
}

const SCORE_BINS = 25;

/** Detections by score: correct ones at the bottom, false positives of each kind on top. */
export function scorePlot(images: KeypointAnalysis["images"]): Html {
  const detections = images.flatMap((image) => image.detections);
  const scores = detections.map(({ detection }) => detection.score);
  const low = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const width = (high - low) / SCORE_BINS || 1;
  const binOf = (value: number): number => Math.min(SCORE_BINS - 1, Math.floor((value - low) / width));
  const bars = Object.entries(KIND_COLORS).flatMap(([kind, color]) => {
    const counts = new Array<number>(SCORE_BINS).fill(0);
    for (const found of detections) {
      if (found.kind === kind) (counts[binOf(found.detection.score)] as number) += 1;
    }
    return counts.map((number, bin) => ({
      low: low + bin * width,
      high: low + (bin + 1) * width,
      number,
      color,
    }));
  });
  return drawPlot("Detections by score", {
    width: 520,
    height: 320,
    marginLeft: 60,
    marginBottom: 46,
    x: { label: "score" },
    y: { label: "detections", grid: true },
    marks: [
      Plot.rectY(bars, Plot.stackY({ x1: "low", x2: "high", y: "number", fill: "color", inset: 0.5 })),
      Plot.ruleY([0]),
    ],
  });
}

/** Mean OKS over mean score: on the diagonal, the score says what the detection is worth. */
export function calibrationPlot({ bins }: KeypointAnalysis["calibration"]): Html {
  const highest = Math.max(1, ...bins.map(({ meanScore }) => meanScore));
  const diagonal = [0, 1].map((value) => ({ value }));
  return drawPlot("Mean OKS over mean score", {
    width: 440,
    height: 320,
    marginBottom: 46,
    x: { domain: [0, highest], label: "mean score", ticks: 5 },
    y: { domain: [0, 1], label: "mean OKS", grid: true, ticks: 5 },
    marks: [
      Plot.line(diagonal, { x: "value", y: "value", stroke: "var(--muted)", strokeDasharray: "3 4" }),
      Plot.line(bins, { x: "meanScore", y: "meanOks", stroke: "var(--accent)", strokeWidth: 2 }),
      Plot.dot(bins, { x: "meanScore", y: "meanOks", fill: "var(--accent)", r: 4 }),
    ],
  });
}
