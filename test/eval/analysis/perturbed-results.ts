import { splitMix32 } from "../../../eval/analysis/compare-results.ts";
import type { KeypointResult, KeypointTruth, TruthAnnotation } from "../../../eval/keypoint-data.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";
import type { Skeleton } from "../../../eval/skeletons/skeleton.ts";

/** How results that a detector might have made depart from the labels: shares of persons or of keypoints. */
export interface Faults {
  readonly seed: number;
  /** Spread of every keypoint, in labelling sigmas. */
  readonly noise: number;
  readonly missedPersons: number;
  readonly duplicates: number;
  readonly background: number;
  readonly mirrored: number;
  readonly swapped: number;
  readonly lost: number;
}

export const NO_FAULTS: Faults = {
  seed: 1,
  noise: 0,
  missedPersons: 0,
  duplicates: 0,
  background: 0,
  mirrored: 0,
  swapped: 0,
  lost: 0,
};

export const TYPICAL_FAULTS: Faults = {
  seed: 1,
  noise: 0.4,
  missedPersons: 0.1,
  duplicates: 0.15,
  background: 0.5,
  mirrored: 0.04,
  swapped: 0.03,
  lost: 0.05,
};

/** A detector's results as they might be, made from the labels by known faults; the same seed, the same results. */
export function perturbedResults(
  truth: KeypointTruth,
  faults: Faults,
  skeleton: Skeleton = COCO_SKELETON,
): KeypointResult[] {
  const random = splitMix32(faults.seed);
  const persons = truth.annotations.filter(({ isCrowd, numKeypoints }) => !isCrowd && numKeypoints > 0);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const mirror = skeleton.sigmas.map(
    (_, k) => skeleton.flipPairs.find((pair) => pair.includes(k))?.find((j) => j !== k) ?? k,
  );

  const detect = (person: TruthAnnotation, noise: number): KeypointResult => {
    const others = persons.filter((other) => other !== person && other.imageId === person.imageId);
    const side = Math.sqrt(person.area);
    const mirrored = random() < faults.mirrored * 2;
    const keypoints = skeleton.sigmas.flatMap((sigma, k) => {
      const [chance, other] = [random(), others[Math.floor(random() * others.length)]];
      const source = other && chance < faults.swapped ? other : person;
      const target = mirrored && random() < 0.5 ? (mirror[k] ?? k) : k;
      const labelled = (source.keypoints[3 * target + 2] ?? 0) > 0 ? source : person;
      const [x = 0, y = 0] = [labelled.keypoints[3 * target], labelled.keypoints[3 * target + 1]];
      const spread = chance > 1 - faults.lost ? side : 2 * sigma * side * noise;
      const known = (labelled.keypoints[3 * target + 2] ?? 0) > 0;
      const [baseX, baseY] = known
        ? [x, y]
        : [person.box[0] + person.box[2] * random(), person.box[1] + person.box[3] * random()];
      return [baseX + normal() * spread, baseY + normal() * spread, 1];
    });
    const hard = 1 - person.numKeypoints / skeleton.sigmas.length;
    const score = Math.min(0.999, Math.max(0.01, 0.85 - 0.35 * hard - 0.12 * (noise - 1) + 0.12 * normal()));
    return { imageId: person.imageId, categoryId: person.categoryId, keypoints, score, box: person.box };
  };

  return persons.flatMap((person) => {
    const results: KeypointResult[] = [];
    const noise = faults.noise * (0.5 + random());
    if (random() >= faults.missedPersons) results.push(detect(person, noise));
    if (random() < faults.duplicates)
      results.push({ ...detect(person, noise * 2), score: 0.1 + 0.5 * random() });
    if (random() < faults.background) results.push(elsewhere(detect(person, noise), random));
    return results;
  });
}

/** The same pose where nobody is. */
function elsewhere(result: KeypointResult, random: () => number): KeypointResult {
  const [dx, dy] = [(random() - 0.5) * 900, (random() - 0.5) * 700];
  const keypoints = Array.from(result.keypoints, (value, index) => value + ([dx, dy, 0][index % 3] ?? 0));
  const [x, y, width, height] = result.box ?? [0, 0, 0, 0];
  return { ...result, keypoints, score: 0.05 + 0.5 * random() ** 2, box: [x + dx, y + dy, width, height] };
}
