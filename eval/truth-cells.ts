import { addToCell, type CellIndex } from "./cell-index.ts";
import type { KeypointTruth, TruthAnnotation } from "./keypoint-data.ts";
import { keypointsFault } from "./keypoints-fault.ts";
import { areaOfBox } from "./oks.ts";
import type { AreaRange, EvalParams } from "./params.ts";

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
