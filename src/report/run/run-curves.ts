import * as Plot from "@observablehq/plot";
import type { StepRecord } from "../../run/run-records.ts";
import { drawPlot } from "../kit/draw-plot.ts";
import { type Html, html } from "../kit/html.ts";
import { percent } from "../kit/numbers.ts";
import { CURVE_COLORS } from "../kit/palette.ts";
import { type CurveOptions, chart, compact, curvePlot, epochAxis, HALF, WIDE } from "./curve-plot.ts";
import type { RunReport } from "./run-report.ts";
import { MAX_BINS, smoothReach } from "./thin-series.ts";

/** How many of the evaluator's numbers are drawn: AP, and AP at OKS 0.5 and 0.75. */
const DRAWN_SCORES = 3;

/** The curves of a run over its epochs, one plot a quantity. */
export function runCurves(report: RunReport): Html {
  const { numbers, config, steps } = report;
  const { batchSize, accumulate } = config.train;
  const samples = config.task === "keypoints" ? "persons" : "images";
  const batch = `${batchSize} ${samples}${accumulate > 1 ? ` × ${accumulate} batches` : ""}`;
  const perBin = Math.ceil(steps.length / MAX_BINS);
  const window = perBin * (2 * smoothReach(Math.ceil(steps.length / perBin)) + 1);
  const thin = perBin > 1 ? `mean of ${perBin} steps, their range behind it` : "each step";
  const length = `An epoch is ${Math.round(numbers.step / numbers.epoch)} steps of ${batch}.`;
  const [loss, ...others] = stepCurves(report).map(({ value, ...options }) => {
    const points = steps.map((record) => ({ x: record.epoch, y: value(record) }));
    return curvePlot(points, { epochs: config.train.epochs, ...options });
  });
  return html`<p>${`${length} Thin: ${thin}. Thick: mean of the ${window} steps around.`}</p>
${loss}<div class="curves">${report.validations.length > 0 ? scorePlot(report) : undefined}${others}</div>`;
}

interface StepCurve extends Omit<CurveOptions, "epochs"> {
  readonly value: (record: StepRecord) => number;
}

/** The quantities that every step records, the loss first. */
function stepCurves({ config }: RunReport): StepCurve[] {
  const { clipNorm, schedule } = config.train;
  const temperature: StepCurve = {
    title: "Temperature τ",
    unit: "of the attention’s softmax",
    value: (record) => record.temperature,
  };
  return [
    {
      title: "Loss",
      unit: "of each step",
      value: ({ loss }) => loss,
      width: WIDE,
      height: 300,
      smooth: true,
      scale: "wide",
    },
    {
      title: "Learning rate",
      unit: schedule.kind,
      value: ({ learningRate }) => learningRate,
      scale: schedule.kind === "multi-step" ? "wide" : "linear",
    },
    ...(isDynamic(config) ? [temperature] : []),
    {
      title: "Gradient norm",
      unit: clipNorm === undefined ? "not clipped" : `before clipping to ${clipNorm} (dashes)`,
      value: ({ gradientNorm }) => gradientNorm,
      smooth: true,
      scale: "wide",
      limit: clipNorm,
    },
    {
      title: "Speed",
      unit: "images/s, validation apart",
      value: ({ imagesPerSecond }) => imagesPerSecond,
      smooth: true,
    },
    {
      title: "Waiting for data",
      unit: "share of a step’s time",
      value: ({ waitShare }) => waitShare,
      smooth: true,
      atLeast: 0.1,
      format: (share) => percent(share, 0),
    },
  ];
}

function isDynamic({ model }: RunReport["config"]): boolean {
  const byName = model.name.startsWith("dy-");
  const head = "dynamicHead" in model ? model.dynamicHead : undefined;
  return (model.dynamicBackbone ?? byName) || (head ?? byName);
}

function scorePlot({ validations, config, numbers }: RunReport): Html {
  const names = Object.keys(validations[0]?.scores ?? {}).slice(0, DRAWN_SCORES);
  const curves = names.map((name, i) => ({
    color: CURVE_COLORS[i] as string,
    // -1 means that no person counts for this number.
    points: validations.map(({ epoch, scores }) => ({ epoch, value: Math.max(0, scores[name] ?? 0) })),
  }));
  const best = curves[0]?.points.filter(({ epoch }) => epoch === numbers.best?.epoch) ?? [];
  const legend = names.map(
    (name, i) => html`<i style="background:${CURVE_COLORS[i] as string}"></i>${name} `,
  );
  const plot = drawPlot("Scores on the validation split", {
    width: HALF,
    height: 210,
    marginLeft: 56,
    marginRight: 12,
    marginTop: 10,
    marginBottom: 40,
    x: epochAxis(config.train.epochs, HALF),
    y: {
      domain: [0, highest(curves.flatMap(({ points }) => points.map(({ value }) => value)))],
      label: null,
      grid: true,
      ticks: 5,
      tickFormat: compact,
    },
    marks: curves
      .toReversed()
      .flatMap(({ color, points }) => [
        Plot.line(points, { x: "epoch", y: "value", stroke: color, strokeWidth: 2 }),
        ...(points.length <= 60 ? [Plot.dot(points, { x: "epoch", y: "value", fill: color, r: 2.5 })] : []),
      ])
      .concat([Plot.dot(best, { x: "epoch", y: "value", stroke: CURVE_COLORS[0], strokeWidth: 2, r: 6 })]),
  });
  return chart("Validation", html`${legend} (ring: the best)`, plot);
}

/** The end of an axis of shares: 1, or less if all values are small. */
function highest(values: readonly number[]): number {
  const most = Math.max(0, ...values);
  return most > 0.5 ? 1 : 2 ** Math.ceil(Math.log2(Math.max(most, 0.1)));
}
