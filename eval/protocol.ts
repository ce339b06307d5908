import { evaluateKeypoints, type KeypointEvaluation } from "./evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "./keypoint-data.ts";
import { pairwiseSum } from "./oks.ts";
import { type EvalParams, QUIRKS, resolveParams } from "./params.ts";
import { COCO_SKELETON } from "./skeletons/coco.ts";
import { CROWDPOSE_SIGMAS, CROWDPOSE_SKELETON } from "./skeletons/crowdpose.ts";
import type { Skeleton } from "./skeletons/skeleton.ts";
import {
  COCO_LINES,
  formatFixed,
  lineText,
  oksText,
  STAT_NAMES,
  type SummaryLine,
  statOf,
  summaryLines,
} from "./summary.ts";

/** The evaluation protocol of a benchmark: how results are evaluated, and how the numbers are printed. */
export interface EvaluationProtocol {
  readonly name: "coco" | "crowdpose";
  readonly skeleton: Skeleton;
  /** What differs from COCO's. */
  readonly params: Partial<EvalParams>;
  /** Names of the evaluation's `stats`. */
  readonly statNames: readonly string[];
  /** The lines that are plain means, in the order of `stats`. */
  readonly lines: readonly SummaryLine[];
  evaluate(
    truth: KeypointTruth,
    results: readonly KeypointResult[],
    params: Partial<EvalParams>,
  ): KeypointEvaluation;
  print(evaluation: KeypointEvaluation): string[];
}

export const COCO_PROTOCOL: EvaluationProtocol = {
  name: "coco",
  skeleton: COCO_SKELETON,
  params: {},
  statNames: STAT_NAMES,
  lines: COCO_LINES,
  evaluate: evaluateKeypoints,
  print: summaryLines,
};

/** @param crowdIndices Crowd index of each image, by id. */
export function crowdPoseProtocol(crowdIndices: ReadonlyMap<number, number>): EvaluationProtocol {
  return {
    name: "crowdpose",
    skeleton: CROWDPOSE_SKELETON,
    params: CROWDPOSE_PARAMS,
    statNames: CROWDPOSE_STAT_NAMES,
    lines: CROWDPOSE_LINES,
    evaluate: (truth, results, params) => evaluateCrowdPose(truth, results, crowdIndices, params),
    print: crowdPoseLines,
  };
}

/** CrowdPose's protocol: its own spreads, areas from boxes. The rest is as in xtcocotools, which counts id 0. */
const CROWDPOSE_PARAMS: Partial<EvalParams> = {
  sigmas: CROWDPOSE_SIGMAS,
  useArea: false,
  quirks: QUIRKS.filter((quirk) => quirk !== "zero-id"),
};

/** Its lines that are plain means. */
const CROWDPOSE_LINES: readonly SummaryLine[] = [
  { name: "AP", of: "precision", area: "all" },
  { name: "AP.5", of: "precision", area: "all", threshold: 0.5 },
  { name: "AP.75", of: "precision", area: "all", threshold: 0.75 },
  { name: "AR", of: "recall", area: "all" },
  { name: "AR.5", of: "recall", area: "all", threshold: 0.5 },
  { name: "AR.75", of: "recall", area: "all", threshold: 0.75 },
];

/** How crowded an image is: crowd index from `min` up to, but not including, `max`. */
const LEVELS = [
  { name: "easy", min: Number.NEGATIVE_INFINITY, max: 0.2 },
  { name: "medium", min: 0.2, max: 0.8 },
  { name: "hard", min: 0.8, max: Number.POSITIVE_INFINITY },
] as const;

/** Names of CrowdPose's nine numbers. */
const CROWDPOSE_STAT_NAMES: readonly string[] = [
  ...CROWDPOSE_LINES.map(({ name }) => name),
  ...LEVELS.map(({ name }) => `AP(${name})`),
];

/**
 * Evaluates by CrowdPose's protocol: AP and AR as COCO's, and AP over the images of each level of crowding. Results
 * without a keypoint score above 0 are left out.
 *
 * @param crowdIndices Crowd index of each image, by id.
 * @returns The evaluation over all images, `stats` being the nine numbers of `CROWDPOSE_STAT_NAMES`.
 *
 * Source: xtcocotools 1.14, `COCOeval` with `iouType="keypoints_crowd"` and `use_area=False`.
 */
export function evaluateCrowdPose(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  crowdIndices: ReadonlyMap<number, number>,
  params: Partial<EvalParams> = {},
): KeypointEvaluation {
  const settings = resolveParams(truth, { ...CROWDPOSE_PARAMS, ...params });
  const found = results.filter(hasScoredKeypoint);
  const evaluation = evaluateKeypoints(truth, found, settings);
  const levels = LEVELS.map(({ min, max }) => {
    const isInLevel = (id: number): boolean => {
      const index = crowdIndices.get(id);
      if (index === undefined)
        throw new RangeError(`evaluateCrowdPose: expected a crowd index of image ${id}, got none`);
      return index >= min && index < max;
    };
    return levelPrecision(
      evaluateKeypoints(truth, found, { ...settings, imageIds: settings.imageIds.filter(isInLevel) }),
    );
  });
  return { ...evaluation, stats: [...CROWDPOSE_LINES.map((line) => statOf(evaluation, line)), ...levels] };
}

/** The nine lines as xtcocotools prints them. */
export function crowdPoseLines({ params, stats }: Pick<KeypointEvaluation, "params" | "stats">): string[] {
  const value = (i: number): string => formatFixed(stats[i] ?? -1, 3);
  // xtcocotools leaves room for a sign in all lines but the last three.
  const lines = CROWDPOSE_LINES.map(({ of, area, threshold }, i) =>
    lineText(of, oksText(params, threshold), `area=${area.padStart(6)}`, value(i).padStart(6)),
  );
  const levels = LEVELS.map(({ name }, i) =>
    lineText("precision", oksText(params), `type=${name.padStart(6)}`, value(CROWDPOSE_LINES.length + i)),
  );
  return [...lines, ...levels];
}

function hasScoredKeypoint({ keypoints }: KeypointResult): boolean {
  for (let i = 2; i < keypoints.length; i += 3) if ((keypoints[i] as number) > 0) return true;
  return false;
}

/** Mean precision over the first area range, the -1 of categories without persons included, to four decimals. */
function levelPrecision({
  precision: { data },
  counts: [, , , numRanges, numLimits],
}: KeypointEvaluation): number {
  const values = data.filter((_, i) => Math.floor(i / numLimits) % numRanges === 0);
  if (values.length === 0) return -1;
  return roundHalfEven((pairwiseSum(values) / values.length) * 1e4) / 1e4;
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
