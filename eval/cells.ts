import type { KeypointResult, KeypointTruth, TruthAnnotation } from "./keypoint-data.ts";
import { areaOfBox } from "./oks.ts";
import type { AreaRange, EvalParams } from "./params.ts";

/**
 * Numbers the cells: one image and one category, whose persons and detections are matched together. Images ascend
 * within a category; without categories an image is one cell.
 */
export class CellIndex {
  readonly numCategories: number;
  readonly #images: ReadonlyMap<number, number>;
  readonly #categories: ReadonlyMap<number, number>;
  readonly #useCategories: boolean;

  constructor({ imageIds, categoryIds, useCategories }: EvalParams) {
    this.#images = new Map(imageIds.map((id, index) => [id, index]));
    this.#categories = new Map(categoryIds.map((id, index) => [id, index]));
    this.#useCategories = useCategories;
    this.numCategories = useCategories ? categoryIds.length : 1;
  }

  /** The cell of an annotation or a result, or -1 for what is not evaluated. */
  cellOf(record: { readonly imageId: number; readonly categoryId: number }): number {
    const image = this.#images.get(record.imageId);
    const category = this.#categories.get(record.categoryId);
    if (image === undefined || category === undefined) return -1;
    return (this.#useCategories ? category : 0) * this.#images.size + image;
  }

  /** Index of the category that a cell belongs to. */
  categoryOf(cell: number): number {
    return Math.floor(cell / this.#images.size);
  }
}

/** Adds to the group of a cell. */
export function addToCell<T>(groups: Map<number, T[]>, cell: number, record: T): void {
  const group = groups.get(cell);
  if (group) group.push(record);
  else groups.set(cell, [record]);
}

/** The labelled persons of one cell. */
export interface TruthCell {
  readonly persons: readonly TruthAnnotation[];
}

/**
 * Groups by cell the persons that are evaluated.
 *
 * @throws {RangeError} If a person has another number of keypoints than there are sigmas.
 */
export function groupTruth(
  truth: KeypointTruth,
  params: EvalParams,
  index: CellIndex,
): ReadonlyMap<number, TruthCell> {
  const groups = new Map<number, TruthAnnotation[]>();
  for (const person of effectiveAnnotations(truth.annotations, params, index)) {
    const cell = index.cellOf(person);
    if (cell < 0) continue;
    const fault = keypointsFault(person.keypoints, params.sigmas.length);
    if (fault) throw new RangeError(`annotation ${person.id}: expected ${fault}`);
    addToCell(groups, cell, person);
  }
  if (!params.useCategories) {
    for (const persons of groups.values()) persons.sort((a, b) => a.categoryId - b.categoryId);
  }
  return new Map(Array.from(groups, ([cell, persons]) => [cell, { persons }]));
}

/** How many persons count. Returns [K, A]. */
export function countPersons(
  cells: ReadonlyMap<number, TruthCell>,
  { areaRanges, useArea }: EvalParams,
  index: CellIndex,
): Uint32Array {
  const counts = new Uint32Array(index.numCategories * areaRanges.length);
  for (const [cell, { persons }] of cells) {
    const first = index.categoryOf(cell) * areaRanges.length;
    for (const [a, range] of areaRanges.entries()) {
      for (const person of persons) {
        if (!isIgnored(person, range, useArea)) (counts[first + a] as number) += 1;
      }
    }
  }
  return counts;
}

/** Whether a person does not count: a crowd, without keypoints, or outside the area range. */
export function isIgnored(person: TruthAnnotation, { min, max }: AreaRange, useArea: boolean): boolean {
  const area = useArea ? person.area : areaOfBox(person.box);
  return person.isCrowd || person.numKeypoints === 0 || area < min || area > max;
}

/** pycocotools finds annotations by id: where ids repeat, it sees the last one as often as the id occurs. */
function effectiveAnnotations(
  annotations: readonly TruthAnnotation[],
  params: EvalParams,
  index: CellIndex,
): readonly TruthAnnotation[] {
  if (!params.quirks.includes("repeated-id")) return annotations;
  const byId = new Map(annotations.map((annotation) => [annotation.id, annotation]));
  if (byId.size === annotations.length) return annotations;
  return annotations
    .filter((annotation) => index.cellOf(annotation) >= 0)
    .sort((a, b) => a.imageId - b.imageId)
    .map(({ id }) => byId.get(id) as TruthAnnotation);
}

/**
 * Area of a detection, square pixels, which decides whether an unmatched one counts in an area range: its box's where
 * that is asked for, else that of the upright rectangle around all its keypoints, unlabelled ones at (0, 0) included.
 */
export function resultArea({ box, keypoints }: KeypointResult, fromBox: boolean): number {
  if (fromBox && box) return box[2] * box[3];
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [top, bottom] = [left, right];
  for (let i = 0; i + 1 < keypoints.length; i += 3) {
    const x = keypoints[i] as number;
    const y = keypoints[i + 1] as number;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return (right - left) * (bottom - top);
}

/** How a set of results gets its areas. */
export type ResultArea = (result: KeypointResult) => number;

/** As in pycocotools: from the boxes of all results if the first one has a box, else from the keypoints of all. */
export function areaByFirstResult(first: KeypointResult): ResultArea {
  const fromBox = first.box !== undefined;
  return (result) => resultArea(result, fromBox);
}

/** Each result's own box gives its area, or its keypoints where it has none. */
export const areaByOwnBox: ResultArea = (result) => resultArea(result, true);

/** What is wrong with the keypoints of a record, to follow "expected"; nothing where there are three numbers each. */
export function keypointsFault(keypoints: ArrayLike<number>, numKeypoints: number): string | undefined {
  if (keypoints.length === 3 * numKeypoints) return undefined;
  return `${3 * numKeypoints} keypoint numbers (x, y, score of ${numKeypoints}), got ${keypoints.length}`;
}
