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

  /** Position of a cell's image among the evaluated images. */
  imageOf(cell: number): number {
    return cell % this.#images.size;
  }

  /** Position of a cell's category among the evaluated categories. */
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

/**
 * The labelled persons of each cell, each with the area that OKS and the area ranges use.
 *
 * @throws {RangeError} If a person has another number of keypoints than there are sigmas.
 */
export function groupTruth(
  truth: KeypointTruth,
  params: EvalParams,
  index: CellIndex,
): ReadonlyMap<number, readonly TruthAnnotation[]> {
  const groups = new Map<number, TruthAnnotation[]>();
  for (const person of effectiveAnnotations(truth.annotations, params, index)) {
    const cell = index.cellOf(person);
    if (cell < 0) continue;
    const fault = keypointsFault(person.keypoints, params.sigmas.length);
    if (fault) throw new RangeError(`annotation ${person.id}: expected ${fault}`);
    addToCell(groups, cell, params.useArea ? person : { ...person, area: evaluatedArea(person, params) });
  }
  if (!params.useCategories) {
    for (const persons of groups.values()) persons.sort((a, b) => a.categoryId - b.categoryId);
  }
  return groups;
}

/** The area that a person is evaluated with, square pixels. */
export function evaluatedArea({ area, box }: TruthAnnotation, { useArea }: EvalParams): number {
  return useArea ? area : areaOfBox(box);
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

/** What is wrong with the keypoints of a record, to follow "expected"; nothing where there are three numbers each. */
export function keypointsFault(keypoints: ArrayLike<number>, numKeypoints: number): string | undefined {
  if (keypoints.length === 3 * numKeypoints) return undefined;
  return `${3 * numKeypoints} keypoint numbers (x, y, score of ${numKeypoints}), got ${keypoints.length}`;
}

/** Whether a person does not count in an area range: a crowd, without keypoints, or outside the range. */
function isIgnored({ area, isCrowd, numKeypoints }: TruthAnnotation, range: AreaRange): boolean {
  return isCrowd || numKeypoints === 0 || isOutside(area, range);
}

/** Whether an area is outside a range, whose ends belong to it. */
export function isOutside(area: number, { min, max }: AreaRange): boolean {
  return area < min || area > max;
}

/** 1 for each person who does not count in an area range. */
export function ignoredPersons(persons: readonly TruthAnnotation[], range: AreaRange): Uint8Array {
  const ignored = new Uint8Array(persons.length);
  for (let g = 0; g < persons.length; g += 1) {
    ignored[g] = Number(isIgnored(persons[g] as TruthAnnotation, range));
  }
  return ignored;
}

/** How many persons count in an area range. */
export function countPersons(persons: readonly TruthAnnotation[], range: AreaRange): number {
  let count = 0;
  for (const person of persons) if (!isIgnored(person, range)) count += 1;
  return count;
}

/** The detections of one cell that are evaluated: best first, equal scores in their order, cut at the highest limit. */
export function bestDetections(results: readonly KeypointResult[], params: EvalParams): KeypointResult[] {
  const pooled = params.useCategories ? results : results.toSorted((a, b) => a.categoryId - b.categoryId);
  return pooled.toSorted((a, b) => b.score - a.score).slice(0, params.maxDetections.at(-1));
}

/**
 * Whether detections have the area of their box: by the first of all results where the quirk `first-box` is kept, else
 * each that has a box.
 */
export function areasFromBoxes(first: KeypointResult | undefined, { quirks }: EvalParams): boolean {
  return !quirks.includes("first-box") || first?.box !== undefined;
}

/**
 * @param areas Where the answer goes, if it is not to be allocated.
 * @returns [D] The area of each detection, square pixels.
 */
export function resultAreas(
  detections: readonly KeypointResult[],
  fromBox: boolean,
  areas = new Float64Array(detections.length),
): Float64Array {
  for (let d = 0; d < areas.length; d += 1) areas[d] = resultArea(detections[d] as KeypointResult, fromBox);
  return areas;
}

/**
 * Area of a detection, square pixels, which decides whether an unmatched one counts in an area range: its box's where
 * that is asked for, else that of the upright rectangle around all its keypoints, unlabelled ones at (0, 0) included.
 */
function resultArea({ box, keypoints }: KeypointResult, fromBox: boolean): number {
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
