import { objectKeypointSimilarity, oksVariances } from "../../eval/oks.ts";

/** One detected person of an image. */
export interface Candidate {
  /** x, y, score of each keypoint, flat, image pixels; the scores are not read. */
  readonly keypoints: ArrayLike<number>;
  readonly score: number;
  /** Square pixels: the tolerance of OKS grows with it. */
  readonly area: number;
}

export interface NmsOptions {
  /**
   * `hard` drops a person too similar to a better one; `soft` lowers the score by how similar it is;
   * `none` keeps all.
   * @default "hard"
   */
  readonly kind?: NmsKind;
  /** Hard: the OKS above which a person is a duplicate. Soft: the variance of the decay. @default 0.9 */
  readonly threshold?: number;
  /** Persons kept per image, best first. @default no limit when hard, 20 when soft */
  readonly maxPersons?: number;
}

export const NMS_KINDS = ["hard", "soft", "none"] as const;
export type NmsKind = (typeof NMS_KINDS)[number];

export const NMS_THRESHOLD = 0.9;
/** COCO's evaluation reads no more than 20 persons of an image. */
const SOFT_MAX_PERSONS = 20;

/** A candidate that is kept: its place in the list given, and its score, lowered if suppression is soft. */
interface Kept {
  readonly index: number;
  readonly score: number;
}

/**
 * Removes duplicates among the persons found in one image, by how similar their keypoints are (OKS over all keypoints,
 * at the mean of the two areas).
 *
 * @param sigmas The skeleton's labelling spreads.
 * @returns What is kept, best score first; of equal scores the earlier candidate.
 * @throws {RangeError} If the threshold is not above 0.
 *
 * Source: Papandreou et al., CVPR 2017 (arXiv 1701.01779), section 3.2.5; soft: Bodla et al., ICCV 2017 (arXiv
 * 1704.04503).
 */
export function oksNms(
  candidates: readonly Candidate[],
  sigmas: readonly number[],
  options: NmsOptions = {},
): Kept[] {
  const { kind = "hard", threshold = NMS_THRESHOLD } = options;
  if (!(threshold > 0)) throw new RangeError(`oksNms: expected a threshold above 0, got ${threshold}`);
  const { maxPersons = kind === "soft" ? SOFT_MAX_PERSONS : Number.POSITIVE_INFINITY } = options;
  const similarity = pairwiseOks(candidates, sigmas);
  const rest = candidates.map(({ score }, index): Kept => ({ index, score })).sort(byScore);
  if (kind === "none") return rest.slice(0, maxPersons);

  const kept: Kept[] = [];
  let left = rest;
  while (left.length > 0 && kept.length < maxPersons) {
    const [best, ...others] = left as [Kept, ...Kept[]];
    kept.push(best);
    left =
      kind === "hard"
        ? others.filter(({ index }) => similarity(best.index, index) <= threshold)
        : others
            .map(({ index, score }) => ({
              index,
              score: score * Math.exp(-(similarity(best.index, index) ** 2) / threshold),
            }))
            .sort(byScore);
  }
  return kept;
}

/** Stable, as sort() is: equal scores keep their order. */
function byScore(a: Kept, b: Kept): number {
  return b.score - a.score;
}

function pairwiseOks(candidates: readonly Candidate[], sigmas: readonly number[]) {
  const variances = oksVariances(sigmas);
  const asTruths = candidates.map(({ keypoints }) => ({
    // A detection has no visibility: every keypoint counts as labelled.
    keypoints: Float64Array.from(keypoints, (value, i) => (i % 3 === 2 ? 1 : value)),
    box: [0, 0, 0, 0] as const,
  }));
  return (a: number, b: number): number => {
    const first = candidates[a] as Candidate;
    const second = candidates[b] as Candidate;
    const area = (first.area + second.area) / 2;
    return objectKeypointSimilarity(asTruths[a] as (typeof asTruths)[0], second.keypoints, variances, area);
  };
}
