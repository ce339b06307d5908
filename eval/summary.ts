import type { AccumulatedEvaluation, NumberArray } from "./accumulate.ts";
import { pairwiseSum } from "./oks.ts";
import type { EvalParams } from "./params.ts";

type Accumulated = Pick<AccumulatedEvaluation, "precision" | "recall"> & { readonly params: EvalParams };

/** One line of a summary: a mean of precisions or of recalls. */
export interface SummaryLine {
  readonly name: string;
  readonly of: "precision" | "recall";
  /** Label of the area range. */
  readonly area: string;
  /** One OKS threshold only; without it, the mean over all. */
  readonly threshold?: number;
}

/** COCO's ten lines. */
export const COCO_LINES: readonly SummaryLine[] = [
  { name: "AP", of: "precision", area: "all" },
  { name: "AP.5", of: "precision", area: "all", threshold: 0.5 },
  { name: "AP.75", of: "precision", area: "all", threshold: 0.75 },
  { name: "AP(M)", of: "precision", area: "medium" },
  { name: "AP(L)", of: "precision", area: "large" },
  { name: "AR", of: "recall", area: "all" },
  { name: "AR.5", of: "recall", area: "all", threshold: 0.5 },
  { name: "AR.75", of: "recall", area: "all", threshold: 0.75 },
  { name: "AR(M)", of: "recall", area: "medium" },
  { name: "AR(L)", of: "recall", area: "large" },
];

/** Names of the ten numbers. */
export const STAT_NAMES: readonly string[] = COCO_LINES.map(({ name }) => name);

/** COCO's lines are for at most 20 detections an image, even where other limits are evaluated too. */
export const SUMMARY_MAX_DETECTIONS = 20;

/** The number of one line: the mean over all entries that are known, or -1 where none is. */
export function statOf(evaluation: Accumulated, line: SummaryLine): number {
  const { params } = evaluation;
  const areas = indicesWhere(params.areaRanges, ({ label }) => label === line.area);
  const limits = indicesWhere(params.maxDetections, (limit) => limit === SUMMARY_MAX_DETECTIONS);
  const thresholds = indicesWhere(
    params.oksThresholds,
    (threshold) => line.threshold === undefined || threshold === line.threshold,
  );
  return meanOfKnown(selectCells(evaluation[line.of], thresholds, areas, limits));
}

/** The ten numbers, in the order of `STAT_NAMES`. */
export function cocoStats(evaluation: Accumulated): number[] {
  return COCO_LINES.map((line) => statOf(evaluation, line));
}

/** One line as pycocotools prints it. */
function formatLine(params: EvalParams, line: SummaryLine, value: number): string {
  return lineText(
    line.of,
    oksText(params, line.threshold),
    `area=${line.area.padStart(6)}`,
    formatFixed(value, 3),
  );
}

/** The words of a line; `group` says which persons it is about. */
export function lineText(of: SummaryLine["of"], oks: string, group: string, value: string): string {
  const [title, kind] = of === "precision" ? ["Average Precision", "(AP)"] : ["Average Recall", "(AR)"];
  const limit = String(SUMMARY_MAX_DETECTIONS).padStart(3);
  return ` ${title.padEnd(18)} ${kind} @[ IoU=${oks.padEnd(9)} | ${group} | maxDets=${limit} ] = ${value}`;
}

/** One threshold, or the first and last of all. */
export function oksText({ oksThresholds }: EvalParams, threshold?: number): string {
  const text = (value: number | undefined): string => formatFixed(value ?? Number.NaN, 2);
  return threshold === undefined
    ? `${text(oksThresholds[0])}:${text(oksThresholds.at(-1))}`
    : text(threshold);
}

/** The ten lines, byte for byte as pycocotools prints them. */
export function summaryLines(evaluation: {
  readonly params: EvalParams;
  readonly stats: readonly number[];
}): string[] {
  return COCO_LINES.map((line, i) => formatLine(evaluation.params, line, evaluation.stats[i] ?? -1));
}

function indicesWhere<T>(values: readonly T[], accepts: (value: T) => boolean): number[] {
  return values.flatMap((value, index) => (accepts(value) ? [index] : []));
}

/** Numbers of an array [T, …, A, M] at the given first and last two indices, in row-major order. */
function selectCells(
  { data, shape }: NumberArray,
  thresholds: readonly number[],
  areas: readonly number[],
  limits: readonly number[],
): number[] {
  const [A, M] = [shape.at(-2) as number, shape.at(-1) as number];
  const middle = shape.slice(1, -2).reduce((size, length) => size * length, 1);
  const selected: number[] = [];
  for (const t of thresholds) {
    for (let i = 0; i < middle; i += 1) {
      for (const a of areas) {
        for (const m of limits) selected.push(data[((t * middle + i) * A + a) * M + m] as number);
      }
    }
  }
  return selected;
}

function meanOfKnown(values: readonly number[]): number {
  const known = values.filter((value) => value > -1);
  return known.length === 0 ? -1 : pairwiseSum(known) / known.length;
}

/**
 * A number as Python's `{:.Nf}` prints it: rounded from its exact binary value, halves to even.
 * `toFixed` is exact too but sends halves up: 9/16 is 0.562 here, 0.563 there.
 */
export function formatFixed(value: number, digits: number): string {
  // A binary number lies midway between two decimals of N digits only if it is an odd multiple of 2^-(N+1).
  const halves = Math.abs(value) * 2 ** (digits + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return value.toFixed(digits);
  const up = Math.abs(value).toFixed(digits);
  const even = Number(up.at(-1)) % 2 === 0 ? up : (Number(up) - 10 ** -digits).toFixed(digits);
  return value < 0 ? `-${even}` : even;
}
