import { addToCell, CellIndex } from "../cell-index.ts";
import type { KeypointResult, KeypointTruth, TruthAnnotation } from "../keypoint-data.ts";
import { matchImage } from "../match.ts";
import { areaOfBox, oksMatrix, oksVariances } from "../oks.ts";
import type { AreaRange, EvalParams } from "../params.ts";
import { resultArea } from "../result-area.ts";
import { bestDetections } from "../score-cell.ts";
import { SUMMARY_MAX_DETECTIONS } from "../summary.ts";
import { groupTruth, isIgnored } from "../truth-cells.ts";

/** One image and category: its labelled persons, the detections that are evaluated, and how alike they are. */
export interface ScoredCell {
  /** Position of the image among the evaluated images. */
  readonly image: number;
  readonly category: number;
  /** Their area is the one OKS is computed with. */
  readonly persons: readonly TruthAnnotation[];
  /** Best score first, no more than an image may keep. */
  readonly detections: readonly KeypointResult[];
  /** Area of each detection, square pixels. */
  readonly areas: readonly number[];
  /** [D, G] OKS of each detection with each person, row-major. */
  readonly oks: Float64Array;
}

/** OKS of every evaluated detection with every person of its image: what all analyses start from. */
export function scoreCells(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: EvalParams,
): ScoredCell[] {
  const index = new CellIndex(params);
  const variances = oksVariances(params.sigmas);
  const truthCells = groupTruth(truth, params, index);
  const found = new Map<number, KeypointResult[]>();
  for (const result of results) {
    const cell = index.cellOf(result);
    if (cell >= 0) addToCell(found, cell, result);
  }
  const fromBox = !params.quirks.includes("first-box") || results[0]?.box !== undefined;
  const limit = analysedDetections(params);
  return [...new Set([...truthCells.keys(), ...found.keys()])]
    .sort((a, b) => a - b)
    .map((cell) => {
      const persons = (truthCells.get(cell)?.persons ?? []).map((person) => withOksArea(person, params));
      const detections = bestDetections(found.get(cell) ?? [], params).slice(0, limit);
      const keypoints = detections.map((detection) => detection.keypoints);
      return {
        image: cell % params.imageIds.length,
        category: index.categoryOf(cell),
        persons,
        detections,
        areas: detections.map((detection) => resultArea(detection, fromBox)),
        oks: oksMatrix(persons, keypoints, variances),
      };
    });
}

/** How many detections of an image are looked at: as many as COCO's lines take, where that limit is evaluated. */
export function analysedDetections({ maxDetections }: EvalParams): number {
  if (maxDetections.includes(SUMMARY_MAX_DETECTIONS)) return SUMMARY_MAX_DETECTIONS;
  return maxDetections.at(-1) ?? SUMMARY_MAX_DETECTIONS;
}

function withOksArea(person: TruthAnnotation, { useArea }: EvalParams): TruthAnnotation {
  return useArea ? person : { ...person, area: areaOfBox(person.box) };
}

/**
 * Matches a cell's detections to its persons.
 *
 * @returns For each threshold, for each detection, the position of its person, or -1.
 */
export function matchCell(
  cell: ScoredCell,
  thresholds: readonly number[],
  ignored: Uint8Array,
): Int32Array[] {
  const crowd = Uint8Array.from(cell.persons, ({ isCrowd }) => Number(isCrowd));
  const { length } = cell.detections;
  const matches = matchImage(cell.oks, length, { ignored, crowd }, thresholds);
  return thresholds.map((_, threshold) => matches.subarray(threshold * length, (threshold + 1) * length));
}

/** 1 for each person of the cell that does not count in the area range. */
export function ignoredPersons(cell: ScoredCell, range: AreaRange): Uint8Array {
  return Uint8Array.from(cell.persons, (person) => Number(isIgnored(person, range, true)));
}
