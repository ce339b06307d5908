import type { KeypointAnalysis } from "../../../eval/analysis/analyse-keypoints.ts";
import type { ErrorType } from "../../../eval/analysis/error-costs.ts";
import type { FalsePositiveKind } from "../../../eval/analysis/false-positives.ts";
import { PCK_DISTANCES } from "../../../eval/analysis/keypoint-scores.ts";
import type { GroupScores } from "../../../eval/analysis/person-groups.ts";
import type { PrecisionScores } from "../../../eval/analysis/weighted-ap.ts";
import { gain, percent, score, spoken } from "../kit/numbers.ts";
import type { Column } from "../kit/page.ts";
import { DIAGNOSES } from "../kit/palette.ts";

/** What each kind of error is, in a few words. */
const ERROR_MEANINGS: Readonly<Record<ErrorType, string>> = {
  miss: "a keypoint near none of the places it could be mistaken for",
  swap: "a keypoint on another person's",
  inversion: "a keypoint on its left or right counterpart",
  jitter: "a keypoint near its place, not on it",
  scoring: "detections ranked otherwise than by how good they are",
  background: "detections where nobody is",
  "missed person": "persons that no detection is near",
};

const FALSE_POSITIVE_MEANINGS: Readonly<Record<FalsePositiveKind, string>> = {
  duplicate: "of a person whom a better scored detection already had",
  "badly placed": "of a person, but too far off to count",
  background: "where nobody is",
};

interface ShownScores {
  readonly mean: number;
  readonly half: number;
  readonly threeQuarters: number;
}

/** -1 at thresholds that are not evaluated. */
function shownScores({ mean, byThreshold }: PrecisionScores, thresholds: readonly number[]): ShownScores {
  const at = (threshold: number): number => byThreshold[thresholds.indexOf(threshold)] ?? -1;
  return { mean, half: at(0.5), threeQuarters: at(0.75) };
}

type CostRow = ReturnType<typeof costRows>[number];

/** One row for each kind of error, in the order of correction. */
export function costRows({ errorCosts, oksThresholds }: KeypointAnalysis) {
  const before = shownScores(errorCosts.uncorrected, oksThresholds);
  return errorCosts.costs.map(({ type, alone, together }) => ({
    type,
    before,
    alone: shownScores(alone, oksThresholds),
    together: shownScores(together, oksThresholds),
  }));
}

export const COST_COLUMNS: readonly Column<CostRow, string>[] = [
  { title: "error", cell: ({ type }) => type },
  { title: "AP without", cell: ({ alone }) => score(alone.mean), hint: "with this error alone corrected" },
  { title: "gained", cell: ({ before, alone }) => gain(before.mean, alone.mean) },
  {
    title: "at OKS .5",
    cell: ({ before, alone }) => gain(before.half, alone.half),
    hint: "gained at OKS 0.5",
  },
  {
    title: "at OKS .75",
    cell: ({ before, alone }) => gain(before.threeQuarters, alone.threeQuarters),
    hint: "gained at OKS 0.75",
  },
  {
    title: "AP so far",
    cell: ({ together }) => score(together.mean),
    hint: "with this error and all above it corrected",
  },
  { title: "what it is", cell: ({ type }) => ERROR_MEANINGS[type], numeric: false },
];

type KeypointRow = KeypointAnalysis["keypoints"][number];

export const KEYPOINT_COLUMNS: readonly Column<KeypointRow, string>[] = [
  { title: "keypoint", cell: ({ name }) => spoken(name) },
  { title: "labelled", cell: ({ numLabelled }) => String(numLabelled) },
  {
    title: "AP",
    cell: ({ precision }) => score(precision.mean),
    hint: "where this keypoint alone decides whether a detection is right",
  },
  { title: "OKS", cell: ({ similarity }) => score(similarity), hint: "mean similarity to the label" },
  ...PCK_DISTANCES.map((distance, index) => ({
    title: `PCK ${distance}`,
    cell: ({ pck }: KeypointRow) => percent(pck[index] ?? Number.NaN),
    hint: `share within ${distance} of the longer side of the person's box`,
  })),
  ...DIAGNOSES.map((diagnosis) => ({
    title: diagnosis,
    cell: ({ diagnoses, numLabelled }: KeypointRow) => percent(diagnoses[diagnosis] / numLabelled),
  })),
];

type FalsePositiveRow = ReturnType<typeof falsePositiveRows>[number];

export function falsePositiveRows({ falsePositives, errorCosts }: KeypointAnalysis) {
  const before = errorCosts.uncorrected.mean;
  return falsePositives.map((ofKind) => ({ ...ofKind, before }));
}

export const FALSE_POSITIVE_COLUMNS: readonly Column<FalsePositiveRow, string>[] = [
  { title: "false positive", cell: ({ kind }) => kind },
  { title: "count", cell: ({ count }) => String(count) },
  {
    title: "confident",
    cell: ({ confident }) => String(confident),
    hint: "score above that of half of the correct detections",
  },
  { title: "AP without", cell: ({ without }) => score(without.mean) },
  { title: "gained", cell: ({ before, without }) => gain(before, without.mean) },
  { title: "what it is", cell: ({ kind }) => FALSE_POSITIVE_MEANINGS[kind], numeric: false },
];

export function groupColumns(title: string): Column<GroupScores, string>[] {
  return [
    { title, cell: ({ name }) => name },
    { title: "persons", cell: ({ numPersons }) => String(numPersons) },
    { title: "AP", cell: ({ precision }) => score(precision.mean) },
  ];
}
