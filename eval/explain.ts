import { addToCell, bestDetections, CellIndex, evaluatedArea, isOutside } from "./cells.ts";
import { evaluateKeypoints, type KeypointEvaluation } from "./evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "./keypoint-data.ts";
import { type EvalParams, QUIRK_MEANINGS, QUIRKS, type Quirk, resolveParams } from "./params.ts";
import { formatFixed, STAT_NAMES, SUMMARY_MAX_DETECTIONS, type SummaryLine } from "./summary.ts";

/** Which records an evaluation counts, ignores and leaves out: annotations by id, results by index. */
interface EvaluatedRecords {
  readonly images: number;
  readonly results: number;
  /** Persons that count, at least where the area range includes them. */
  readonly persons: readonly number[];
  /** Regions of many persons: they take detections, and count for nothing. */
  readonly crowds: readonly number[];
  /** Persons without labelled keypoints, as stored in `numKeypoints`: likewise. */
  readonly withoutKeypoints: readonly number[];
  /** By label, the persons that an area range leaves out. */
  readonly outsideRange: ReadonlyMap<string, readonly number[]>;
  /** Annotations on images that the ground truth does not list. */
  readonly onUnlistedImages: readonly number[];
  /** Annotations and results of images or categories that are not evaluated. */
  readonly annotationsNotSelected: readonly number[];
  readonly resultsNotSelected: readonly number[];
  /** Results that rank behind the highest detection limit of their image. */
  readonly resultsPastLimit: readonly number[];
}

/** Sorts records by what an evaluation with these parameters does with them. */
export function evaluatedRecords(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: EvalParams,
): EvaluatedRecords {
  const index = new CellIndex(params);
  return {
    images: params.imageIds.length,
    results: results.length,
    ...sortAnnotations(truth, params, index),
    ...sortResults(results, params, index),
  };
}

function sortAnnotations({ imageIds, annotations }: KeypointTruth, params: EvalParams, index: CellIndex) {
  const listed = new Set(imageIds);
  const persons: number[] = [];
  const crowds: number[] = [];
  const withoutKeypoints: number[] = [];
  const onUnlistedImages: number[] = [];
  const annotationsNotSelected: number[] = [];
  const outsideRange = new Map(params.areaRanges.map(({ label }) => [label, [] as number[]]));
  for (const annotation of annotations) {
    const { id } = annotation;
    if (!listed.has(annotation.imageId)) onUnlistedImages.push(id);
    else if (index.cellOf(annotation) < 0) annotationsNotSelected.push(id);
    else if (annotation.isCrowd) crowds.push(id);
    else if (annotation.numKeypoints === 0) withoutKeypoints.push(id);
    else {
      persons.push(id);
      const area = evaluatedArea(annotation, params);
      for (const range of params.areaRanges) {
        if (isOutside(area, range)) outsideRange.get(range.label)?.push(id);
      }
    }
  }
  return { persons, crowds, withoutKeypoints, onUnlistedImages, annotationsNotSelected, outsideRange };
}

function sortResults(results: readonly KeypointResult[], params: EvalParams, index: CellIndex) {
  const resultsNotSelected: number[] = [];
  const cells = new Map<number, KeypointResult[]>();
  for (const [i, result] of results.entries()) {
    const cell = index.cellOf(result);
    if (cell < 0) resultsNotSelected.push(i);
    else addToCell(cells, cell, result);
  }
  const kept = new Set([...cells.values()].flatMap((cell) => bestDetections(cell, params)));
  const resultsPastLimit = results.flatMap((result, i) =>
    kept.has(result) || index.cellOf(result) < 0 ? [] : [i],
  );
  return { resultsNotSelected, resultsPastLimit };
}

/** How many ids a line names; of the others it says how many there are. */
const NAMED = 8;

/**
 * What was left out of an evaluation and why, and what each -1 means; one line each.
 *
 * @param summary What `stats` are the means of.
 */
export function explainLines(
  records: EvaluatedRecords,
  evaluation: KeypointEvaluation,
  summary: readonly SummaryLine[],
): string[] {
  const { params } = evaluation;
  const limit = params.maxDetections.at(-1);
  const lines = [
    `evaluated: ${records.images} images, ${records.persons.length} persons, ${records.results} results`,
    ...item("ignored, a detection on it counts for nothing: crowd", "annotation", records.crowds),
    ...item(
      "ignored, a detection on it counts for nothing: no keypoints",
      "annotation",
      records.withoutKeypoints,
    ),
    ...item("left out: on an image that is not listed", "annotation", records.onUnlistedImages),
    ...item("left out: image or category not evaluated", "annotation", records.annotationsNotSelected),
    ...item("left out: image or category not evaluated", "result", records.resultsNotSelected),
    ...item(`left out: behind the best ${limit} of its image`, "result", records.resultsPastLimit),
  ];
  for (const { label, min, max } of params.areaRanges) {
    const ids = records.outsideRange.get(label) ?? [];
    lines.push(...item(`ignored in ${label}: area outside [${min}, ${max}]`, "annotation", ids));
  }
  return [...lines, ...unknownLines(evaluation, summary)];
}

function item(what: string, kind: "annotation" | "result", ids: readonly number[]): string[] {
  if (ids.length === 0) return [];
  const names = ids.slice(0, NAMED).join(", ");
  const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : "";
  const plural = ids.length === 1 ? kind : `${kind}s`;
  return [`${what}: ${ids.length} ${plural} (${kind === "annotation" ? "id" : "index"} ${names}${more})`];
}

/** Why a number is -1: there is nothing to take the mean of. */
function unknownLines({ params, stats }: KeypointEvaluation, summary: readonly SummaryLine[]): string[] {
  const reasons = new Map<string, string[]>();
  for (const [i, { name, area, threshold }] of summary.entries()) {
    if (stats[i] !== -1) continue;
    let reason = `no person counts in the area range ${area}`;
    if (!params.areaRanges.some(({ label }) => label === area)) reason = `no area range is called ${area}`;
    if (threshold !== undefined && !params.oksThresholds.includes(threshold)) {
      reason = `${threshold} is not among the OKS thresholds`;
    }
    if (!params.maxDetections.includes(SUMMARY_MAX_DETECTIONS)) {
      reason = `these lines are of ${SUMMARY_MAX_DETECTIONS} detections an image, which is not among the limits`;
    }
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  return [...reasons].map(([reason, names]) => `-1 in ${names.join(", ")}: ${reason}`);
}

/** One number that a quirk moves. */
interface MovedLine {
  readonly name: string;
  /** pycocotools' number, and what it is without this quirk alone. */
  readonly strict: number;
  readonly corrected: number;
}

/** A quirk that this data meets, and the lines it moves. */
export interface QuirkEffect {
  readonly quirk: Quirk;
  readonly meaning: string;
  readonly lines: readonly MovedLine[];
  /** Why pycocotools gives no number at all. */
  readonly refusal?: string;
}

/** Which of pycocotools' quirks this data meets, and what each one alone does to the ten numbers. */
export function quirkEffects(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: Partial<EvalParams> = {},
): QuirkEffect[] {
  const settings = resolveParams(truth, params);
  const met = QUIRKS.filter((quirk) => meets(quirk, truth, results, settings));
  if (met.length === 0) return [];
  const effectOf = (quirk: Quirk) => ({ quirk, meaning: QUIRK_MEANINGS[quirk] });
  if (met.includes("first-box") && results[0]?.box) {
    const refusal = "the first result has a box and others have none";
    return met.map((quirk) => ({ ...effectOf(quirk), lines: [], refusal }));
  }
  const { stats: strict } = evaluateKeypoints(truth, results, { ...settings, quirks: QUIRKS });
  return met.map((quirk) => {
    const quirks = QUIRKS.filter((other) => other !== quirk);
    const { stats } = evaluateKeypoints(truth, results, { ...settings, quirks });
    const lines = STAT_NAMES.map((name, i) => ({ name, strict: strict[i] ?? -1, corrected: stats[i] ?? -1 }));
    return { ...effectOf(quirk), lines: lines.filter((line) => line.strict !== line.corrected) };
  });
}

/** Whether a quirk can change the numbers of this data; cheap, so that most data needs no second evaluation. */
function meets(
  quirk: Quirk,
  { annotations }: KeypointTruth,
  results: readonly KeypointResult[],
  { useCategories }: EvalParams,
): boolean {
  switch (quirk) {
    case "zero-id":
      return annotations.some(({ id }) => id === 0);
    case "first-box":
      return results.some(({ box }) => (box === undefined) !== (results[0]?.box === undefined));
    case "repeated-id":
      return new Set(annotations.map(({ id }) => id)).size < annotations.length;
    case "pooled-categories":
      return !useCategories;
  }
}

/** What pycocotools' quirks do to the numbers; one line each, none where none is met. */
export function quirkLines(effects: readonly QuirkEffect[]): string[] {
  return effects.map(({ quirk, meaning, lines, refusal }) => {
    const moved = lines.map(
      ({ name, strict, corrected }) =>
        `${name} ${formatFixed(strict, 3)} strict, ${formatFixed(corrected, 3)} corrected (${signed(corrected - strict)})`,
    );
    const effect = refusal ? `strict gives no number: ${refusal}` : moved.join("; ") || "no line moves";
    return `${quirk}: ${meaning}: ${effect}`;
  });
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toPrecision(3)}`;
}
