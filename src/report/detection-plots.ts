import * as Plot from "@observablehq/plot";
import type { KeypointAnalysis } from "../../eval/analysis/analyse-keypoints.ts";
import { drawPlot } from "./draw-plot.ts";
import type { Html } from "./html.ts";
import { KIND_COLORS } from "./palette.ts";

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
