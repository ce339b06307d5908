import { COCO_SIGMAS } from "./skeletons/coco.ts";

/**
 * Quirks of pycocotools: behaviour that looks like a mistake but is part of published numbers. They are kept by default,
 * so that results can be compared with published ones.
 */
export const QUIRKS = ["zero-id", "first-box", "repeated-id", "pooled-categories"] as const;
export type Quirk = (typeof QUIRKS)[number];

/** What each quirk does, in one sentence. */
export const QUIRK_MEANINGS: Readonly<Record<Quirk, string>> = {
  "zero-id": "a detection matched to the person whose annotation id is 0 counts as unmatched",
  "first-box":
    "the first result decides for all whether areas come from boxes or from the extent of the keypoints",
  "repeated-id": "of annotations that share an id, the last stands in for the others",
  "pooled-categories": "without categories, no detection ever matches",
};

/** `strict`: pycocotools' numbers, with its quirks; `corrected`: without them. */
export type EvalMode = "strict" | "corrected";

export function quirksOf(mode: EvalMode): readonly Quirk[] {
  return mode === "strict" ? QUIRKS : [];
}

/** Persons whose area lies outside [min, max] (square pixels, both ends inclusive) are ignored. */
export interface AreaRange {
  readonly label: string;
  readonly min: number;
  readonly max: number;
}

/** What is evaluated, and how. */
export interface EvalParams {
  /** Images to evaluate. @default every image of the ground truth */
  readonly imageIds: readonly number[];
  /** Categories to evaluate. @default every category of the ground truth */
  readonly categoryIds: readonly number[];
  /** OKS from which a detection counts as correct, in [0, 1]. @default .5, .55, … .95 */
  readonly oksThresholds: readonly number[];
  /** Recalls at which precision is sampled, ascending. @default 0, .01, … 1 */
  readonly recallThresholds: readonly number[];
  /** Detections an image may keep, best scores first; several limits are evaluated apart. @default [20] */
  readonly maxDetections: readonly number[];
  /** @default all [0, 1e10], medium [32², 96²], large [96², 1e10] */
  readonly areaRanges: readonly AreaRange[];
  /** Labelling spread of each keypoint. @default COCO's seventeen */
  readonly sigmas: readonly number[];
  /** Whether a detection may only match a person of its own category. @default true */
  readonly useCategories: boolean;
  /** Whether a person's area is the labelled one; else it is 0.53 of the box. @default true */
  readonly useArea: boolean;
  /** Quirks of pycocotools to keep. @default all of them */
  readonly quirks: readonly Quirk[];
}

/**
 * `count` numbers from `start` to `stop`, bit for bit as numpy's `linspace`: each is a product, so 0.7 of a hundred
 * steps is `70 * 0.01`, one unit in the last place above 0.7.
 */
function linspace(start: number, stop: number, count: number): number[] {
  const step = (stop - start) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? stop : i * step + start));
}

const COCO_OKS_THRESHOLDS: readonly number[] = linspace(0.5, 0.95, 10);
const COCO_RECALL_THRESHOLDS: readonly number[] = linspace(0, 1, 101);
const COCO_AREA_RANGES: readonly AreaRange[] = [
  { label: "all", min: 0, max: 1e5 ** 2 },
  { label: "medium", min: 32 ** 2, max: 96 ** 2 },
  { label: "large", min: 96 ** 2, max: 1e5 ** 2 },
];

/** COCO's keypoint protocol; images and categories come from the ground truth. */
export const COCO_PARAMS: Omit<EvalParams, "imageIds" | "categoryIds"> = {
  oksThresholds: COCO_OKS_THRESHOLDS,
  recallThresholds: COCO_RECALL_THRESHOLDS,
  maxDetections: [20],
  areaRanges: COCO_AREA_RANGES,
  sigmas: COCO_SIGMAS,
  useCategories: true,
  useArea: true,
  quirks: QUIRKS,
};

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const sortedUnique = (values: readonly number[]): number[] => ascending([...new Set(values)]);

/**
 * Fills in COCO's defaults; ids come out ascending and without repeats, detection limits ascending.
 *
 * @throws {RangeError} If a list that must hold something is empty, or a number is out of its bounds.
 */
export function resolveParams(
  truth: { readonly imageIds: readonly number[]; readonly categoryIds: readonly number[] },
  params: Partial<EvalParams> = {},
): EvalParams {
  const given = { imageIds: truth.imageIds, categoryIds: truth.categoryIds, ...COCO_PARAMS, ...params };
  requireNumbers("oksThresholds", "0 to 1", given.oksThresholds, (value) => value >= 0 && value <= 1);
  requireNumbers("recallThresholds", "0 to 1", given.recallThresholds, (value) => value >= 0 && value <= 1);
  requireNumbers(
    "sigmas",
    "greater than 0",
    given.sigmas,
    (value) => value > 0 && value < Number.POSITIVE_INFINITY,
  );
  requireNumbers(
    "maxDetections",
    "whole and at least 1",
    given.maxDetections,
    (value) => Number.isInteger(value) && value >= 1,
  );
  if (given.areaRanges.length === 0)
    throw new RangeError("params.areaRanges: expected at least one range, got none");
  for (const { label, min, max } of given.areaRanges) {
    if (!(min <= max))
      throw new RangeError(`params.areaRanges "${label}": expected min <= max, got ${min} and ${max}`);
  }
  return {
    ...given,
    imageIds: sortedUnique(given.imageIds),
    categoryIds: sortedUnique(given.categoryIds),
    maxDetections: ascending(given.maxDetections),
  };
}

function requireNumbers(
  name: string,
  bounds: string,
  values: readonly number[],
  accepts: (value: number) => boolean,
): void {
  if (values.length === 0) throw new RangeError(`params.${name}: expected at least one number, got none`);
  const wrong = values.find((value) => !accepts(value));
  if (wrong !== undefined) throw new RangeError(`params.${name}: expected numbers ${bounds}, got ${wrong}`);
}
