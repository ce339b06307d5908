import { addToCell, CellIndex } from "./cell-index.ts";
import type { KeypointResult, KeypointTruth } from "./keypoint-data.ts";
import { areaOfBox } from "./oks.ts";
import type { EvalParams } from "./params.ts";
import { bestDetections } from "./score-cell.ts";

/** What an evaluation looks at, and what it leaves out and why: annotations by id, results by index. */
export interface EvaluationCensus {
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

/** Counts what an evaluation with these parameters looks at. */
export function takeCensus(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: EvalParams,
): EvaluationCensus {
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
      const area = params.useArea ? annotation.area : areaOfBox(annotation.box);
      for (const { label, min, max } of params.areaRanges) {
        if (area < min || area > max) outsideRange.get(label)?.push(id);
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
