import type { KeypointResult, KeypointTruth, TruthAnnotation } from "../../eval/keypoint-data.ts";
import type { AreaRange, EvalParams } from "../../eval/params.ts";

/** What one seed gives: data, and parameters that differ from COCO's in some seeds. */
export interface RandomCase {
  readonly truth: KeypointTruth;
  readonly results: readonly KeypointResult[];
  readonly params: Partial<EvalParams>;
}

type Next = () => number;

/** mulberry32 (Tommy Ettinger, public domain): the stored expectations depend on its stream. */
function stream(seed: number): Next {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pick = <T>(next: Next, choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T;
const integer = (next: Next, low: number, high: number): number =>
  low + Math.floor(next() * (high - low + 1));

/** Sides whose squares are the edges of COCO's area ranges, inside, outside and on them. */
const SIDES = [8, 31, 32, 33, 60, 95, 96, 97, 200];

/**
 * A mix of everything that has ever told two evaluators apart: crowds, persons without keypoints, equal scores and
 * equal OKS, more than 20 detections, odd and repeated ids, areas on the edges of ranges, several categories, images
 * out of order, annotations on unlisted images, subsets, other thresholds, limits, ranges and sigmas.
 */
export function randomCase(seed: number): RandomCase {
  const next = stream(seed);
  const numKeypoints = pick(next, [17, 17, 17, 3, 14, 9]);
  const categoryIds = pick(next, [[1], [1], [7, 1, 3]]);
  const imageIds = Array.from({ length: integer(next, 1, 12) }, (_, i) => (i * 37 + 11) % 101);
  const annotations = imageIds.flatMap((imageId) =>
    Array.from({ length: integer(next, 0, 5) }, () => person(next, imageId, categoryIds, numKeypoints)),
  );
  if (next() < 0.2) annotations.push(person(next, 1000, categoryIds, numKeypoints));
  const truth = { imageIds, categoryIds, annotations: withIds(next, annotations) };
  return {
    truth,
    results: resultsFor(next, truth, numKeypoints),
    params: paramsFor(next, truth, numKeypoints),
  };
}

function person(
  next: Next,
  imageId: number,
  categoryIds: readonly number[],
  numKeypoints: number,
): TruthAnnotation {
  const [width, height] = [pick(next, SIDES), pick(next, SIDES)];
  const [x, y] = [integer(next, 0, 400), integer(next, 0, 400)];
  const isCrowd = next() < 0.1;
  const labelled = next() < 0.2 ? 0 : next();
  const keypoints = Array.from({ length: numKeypoints }, () =>
    next() < labelled
      ? [x + next() * width, y + Math.round(next() * height), integer(next, 1, 2)]
      : [0, 0, 0],
  ).flat();
  const numLabelled = keypoints.filter((value, i) => i % 3 === 2 && value > 0).length;
  return {
    id: 0,
    imageId,
    categoryId: pick(next, categoryIds),
    keypoints,
    numKeypoints: next() < 0.1 ? integer(next, 0, 2) : numLabelled, // as stored, right or wrong
    box: [x, y, width, height],
    area: next() < 0.5 ? width * height : width * height * (0.3 + 0.7 * next()),
    isCrowd,
  };
}

/** Ids in no order; in some seeds one of them is 0, negative, or there twice. */
function withIds(next: Next, annotations: readonly TruthAnnotation[]): TruthAnnotation[] {
  const first = pick(next, [1, 1, 0, -3, 900_000_000_000]);
  const repeats = next() < 0.1;
  return annotations.map((annotation, i) => ({
    ...annotation,
    id: first + (repeats && i % 5 === 4 ? i - 2 : annotations.length - 1 - i),
  }));
}

function resultsFor(next: Next, truth: KeypointTruth, numKeypoints: number): KeypointResult[] {
  const boxes = pick(next, ["none", "none", "all", "all but the first"]);
  const grid = pick(next, [4, 10, 1000, 2 ** 32]); // few distinct scores make ties
  const results: KeypointResult[] = [];
  for (const imageId of truth.imageIds) {
    const persons = truth.annotations.filter((annotation) => annotation.imageId === imageId);
    const count = next() < 0.15 ? integer(next, 20, 45) : integer(next, 0, 6);
    for (let i = 0; i < count; i += 1) {
      const near = persons.length > 0 && next() < 0.8 ? pick(next, persons) : undefined;
      const [x, y, width, height] = near?.box ?? [
        integer(next, 0, 400),
        50,
        pick(next, SIDES),
        pick(next, SIDES),
      ];
      const error = pick(next, [0, 0.01, 0.05, 0.1, 0.3]) * Math.sqrt(width * height);
      const keypoints = Array.from({ length: numKeypoints }, (_, k) => {
        const isLabelled = near !== undefined && (near.keypoints[3 * k + 2] as number) > 0;
        const trueX = isLabelled ? (near.keypoints[3 * k] as number) : x + width * next();
        const trueY = isLabelled ? (near.keypoints[3 * k + 1] as number) : y + height * next();
        return [trueX + (next() - 0.5) * error, trueY + (next() - 0.5) * error, next()];
      }).flat();
      results.push({
        imageId,
        categoryId: next() < 0.95 ? (near?.categoryId ?? pick(next, truth.categoryIds)) : 99,
        keypoints,
        score: Math.floor(next() * grid) / grid - (next() < 0.02 ? 1 : 0),
        ...(boxes === "all" || (boxes === "all but the first" && results.length > 0)
          ? { box: [x, y, pick(next, SIDES), pick(next, SIDES)] as const }
          : {}),
      });
    }
  }
  return results;
}

function paramsFor(next: Next, truth: KeypointTruth, numKeypoints: number): Partial<EvalParams> {
  const sometimes = <T>(chance: number, value: () => T): T | undefined =>
    next() < chance ? value() : undefined;
  const params = {
    sigmas: numKeypoints === 17 ? undefined : Array.from({ length: numKeypoints }, () => 0.02 + 0.1 * next()),
    imageIds: sometimes(0.2, () => truth.imageIds.filter(() => next() < 0.6)),
    categoryIds: sometimes(0.1, () => [pick(next, truth.categoryIds), 5]),
    oksThresholds: sometimes(0.1, () => [0.5, 0.75, 0.9, 1]),
    recallThresholds: sometimes(0.1, () => [0, 0.25, 1 / 3, 0.5, 0.7, 1]),
    maxDetections: sometimes(0.2, () => pick(next, [[20, 1, 5], [3], [100], [1, 20]])),
    areaRanges: sometimes(0.1, (): AreaRange[] => [
      { label: "all", min: 0, max: 1e10 },
      { label: "small", min: 0, max: 1024 },
      { label: "large", min: 1024, max: 1e10 },
    ]),
    useCategories: sometimes(0.08, () => false),
  };
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}
