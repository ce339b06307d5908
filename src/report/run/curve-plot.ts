import * as Plot from "@observablehq/plot";
import { drawPlot } from "../kit/draw-plot.ts";
import { type Html, html } from "../kit/html.ts";
import { type Point, smoothBins, smoothReach, thinSeries } from "./thin-series.ts";

/** Widths in pixels: of the whole page, and of one of two plots side by side. */
export const WIDE = 1064;
export const HALF = 520;

export interface CurveOptions {
  readonly title: string;
  /** Unit or meaning, printed beside the title. */
  readonly unit: string;
  /** The end of the x axis, which all plots of a run share. */
  readonly epochs: number;
  /** @default {@link HALF} */
  readonly width?: number;
  readonly height?: number;
  /** Draws a smoothed curve over the values. @default false */
  readonly smooth?: boolean;
  /** `wide`: logarithmic where the values span more than a factor of {@link WIDE_SPAN}. @default "linear" */
  readonly scale?: "linear" | "wide";
  readonly format?: (value: number) => string;
  /** A dashed line at this value, if it lies within the range of the values. */
  readonly limit?: number | undefined;
  /** The y axis reaches at least this value, if it starts at 0. */
  readonly atLeast?: number;
}

/** Above this ratio of largest to smallest value, a linear axis would hide the small ones. */
const WIDE_SPAN = 6;

/** A quantity over the epochs: its mean, the range where many steps share a bin, and a smoothed curve. */
export function curvePlot(points: readonly Point[], options: CurveOptions): Html {
  const { title, unit, epochs, width = HALF, height = 210, smooth = false, format = compact } = options;
  const { limit } = options;
  const bins = thinSeries(points);
  const smoothed = smoothBins(bins, smooth ? smoothReach(bins.length) : 0);
  const rows = bins.map((bin, i) => ({ ...bin, smoothed: smoothed[i] as number }));
  const [low, high] = extent(rows);
  const isLog = options.scale === "wide" && low > 0 && high / low > WIDE_SPAN;
  const domain = isLog
    ? [low / 1.1, high * 1.1]
    : [Math.min(0, low), Math.max(high, options.atLeast ?? 0) || 1];
  const color = "var(--accent)";
  const plot = drawPlot(title, {
    width,
    height,
    marginLeft: 56,
    marginRight: 12,
    marginTop: 10,
    marginBottom: 40,
    x: epochAxis(epochs, width),
    y: {
      type: isLog ? "log" : "linear",
      domain,
      label: null,
      grid: true,
      tickFormat: format,
      ticks: isLog ? logTicks(low, high) : 5,
    },
    marks: [
      ...(rows.some(({ count }) => count > 1)
        ? [Plot.areaY(rows, { x: "x", y1: "low", y2: "high", fill: color, fillOpacity: 0.14 })]
        : []),
      Plot.line(rows, {
        x: "x",
        y: "mean",
        stroke: color,
        strokeWidth: smooth ? 1 : 2,
        strokeOpacity: smooth ? 0.4 : 1,
      }),
      ...(smooth ? [Plot.line(rows, { x: "x", y: "smoothed", stroke: color, strokeWidth: 2.25 })] : []),
      ...(limit !== undefined && limit >= low && limit <= high
        ? [Plot.ruleY([limit], { stroke: "var(--second)", strokeDasharray: "5 4" })]
        : []),
      // A run of one step has no line.
      ...(rows.length === 1 ? [Plot.dot(rows, { x: "x", y: "mean", fill: color, r: 3 })] : []),
    ],
  });
  return chart(title, isLog ? `${unit}, logarithmic` : unit, plot);
}

/** Ticks at whole epochs, unless there are only one or two. */
export function epochAxis(epochs: number, width: number): Plot.ScaleOptions {
  return { domain: [0, epochs], label: "epoch", ticks: epochs < 3 ? 5 : Math.min(epochs, width / 70) };
}

/** A plot under its title. */
export function chart(title: string, unit: Html | string, plot: Html): Html {
  return html`<figure class="chart"><figcaption><b>${title}</b> <span>${unit}</span></figcaption>${plot}</figure>`;
}

function extent(rows: readonly { low: number; high: number }[]): [low: number, high: number] {
  const low = rows.reduce((least, row) => Math.min(least, row.low), Number.POSITIVE_INFINITY);
  const high = rows.reduce((most, row) => Math.max(most, row.high), Number.NEGATIVE_INFINITY);
  return rows.length === 0 ? [0, 1] : [low, high];
}

/** 1, 2 and 5 times each power of ten within bounds; powers alone where there are many. */
function logTicks(low: number, high: number): number[] {
  const digits = high / low > 1e3 ? [1] : [1, 2, 5];
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const ticks = powers.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)));
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** A number to three digits, as short as possible: 0.25, 12, 4e-3, 3e4. */
export function compact(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  return size >= 0.01 && size < 1e4
    ? String(Number(value.toPrecision(3)))
    : value
        .toExponential(2)
        .replace(/\.?0*e/, "e")
        .replace("e+", "e");
}
