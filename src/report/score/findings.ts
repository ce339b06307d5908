import type { KeypointAnalysis } from "../../../eval/analysis/analyse-keypoints.ts";
import type { ErrorType } from "../../../eval/analysis/error-costs.ts";
import type { GroupScores } from "../../../eval/analysis/person-groups.ts";
import { count, percent, score, signed, spoken } from "../kit/numbers.ts";

/** One sentence that a reader should not have to find in the tables: what is good, what costs AP, where to look. */
export interface Finding {
  readonly kind: "good" | "cost" | "look";
  readonly text: string;
}

/** The plural name of each kind of error, for use in a sentence. */
const ERROR_NAMES: Readonly<Record<ErrorType, string>> = {
  miss: "missed keypoints",
  swap: "keypoints of another person",
  inversion: "left and right exchanged",
  jitter: "jitter",
  scoring: "scores that misjudge detections",
  background: "background detections",
  "missed person": "missed persons",
};

/** Groups with fewer persons are left out. */
const ENOUGH_PERSONS = 20;
/** Chance is 0.5; below this, ranking detections better pays. */
const GOOD_CONCORDANCE = 0.8;

/** The most important facts of an analysis; none if there is no person to find. */
export function findings(analysis: KeypointAnalysis): Finding[] {
  if (analysis.counts.persons === 0) return [];
  if (analysis.counts.detections === 0) return [{ kind: "cost", text: "There is not one detection." }];
  return [
    ...foundPersons(analysis),
    ...costliestErrors(analysis),
    ...weakestKeypoints(analysis),
    ...weakestGroups(analysis),
    ...scores(analysis),
  ];
}

function foundPersons({ counts, curves }: KeypointAnalysis): Finding[] {
  const found = 1 - counts.missedAtHalf / counts.persons;
  const all = `${percent(found)} of ${count(counts.persons)} persons are found at OKS 0.5`;
  const missed =
    counts.missedPersons === 0
      ? "none is missed altogether"
      : `${count(counts.missedPersons)} (${percent(counts.missedPersons / counts.persons)}) have no detection near them`;
  const text = `${all}; ${missed}. AP is ${score(curves.at(-1)?.ap ?? -1)}.`;
  return [{ kind: found >= 0.8 ? "good" : "cost", text }];
}

function costliestErrors({ errorCosts: { uncorrected, costs } }: KeypointAnalysis): Finding[] {
  const [first, second] = costs
    .map(({ type, alone }) => ({
      name: ERROR_NAMES[type],
      gained: alone.mean - uncorrected.mean,
      ap: alone.mean,
    }))
    .sort((a, b) => b.gained - a.gained);
  if (!first || first.gained < 0.0005) return [];
  const next = second && second.gained >= 0.0005 ? ` Next: ${second.name}, ${signed(second.gained)}.` : "";
  const text = `The costliest: ${first.name}. Without, AP would be ${score(first.ap)} (${signed(first.gained)}).${next}`;
  return [{ kind: "cost", text }];
}

function weakestKeypoints({ keypoints }: KeypointAnalysis): Finding[] {
  const ranked = keypoints
    .filter(({ numLabelled }) => numLabelled >= ENOUGH_PERSONS)
    .toSorted((a, b) => a.similarity - b.similarity);
  const best = ranked.at(-1);
  if (!best || ranked.length < 4) return [];
  const weak = ranked.slice(0, 3).map(({ name, similarity }) => `${spoken(name)} (${score(similarity)})`);
  const strong = `${spoken(best.name)} (${score(best.similarity)})`;
  return [
    { kind: "look", text: `Weakest keypoints by mean similarity: ${weak.join(", ")}; strongest: ${strong}.` },
  ];
}

function weakestGroups({ bySize, byVisibleKeypoints, byOverlap }: KeypointAnalysis): Finding[] {
  const extremes: [string, readonly GroupScores[]][] = [
    ["area, in pixels,", bySize],
    ["number of labelled keypoints", byVisibleKeypoints],
    ["overlap with another person", byOverlap],
  ];
  const spreads = extremes.flatMap(([what, groups]) => {
    const ranked = groups
      .filter(({ numPersons }) => numPersons >= ENOUGH_PERSONS)
      .toSorted((a, b) => a.precision.mean - b.precision.mean);
    const [worst, best] = [ranked[0], ranked.at(-1)];
    if (!worst || !best || worst === best) return [];
    return [{ what, worst, best, spread: best.precision.mean - worst.precision.mean }];
  });
  const [widest] = spreads.sort((a, b) => b.spread - a.spread);
  if (!widest) return [];
  const { what, worst, best } = widest;
  const text = `Persons whose ${what} is ${worst.name} reach AP ${score(worst.precision.mean)}, those at ${best.name} ${score(best.precision.mean)}.`;
  return [{ kind: "look", text }];
}

function scores({ calibration, falsePositives }: KeypointAnalysis): Finding[] {
  const confident = falsePositives.reduce((sum, kind) => sum + kind.confident, 0);
  const ordered = calibration.concordance;
  const ranking: Finding[] = Number.isNaN(ordered)
    ? []
    : [
        {
          kind: ordered >= GOOD_CONCORDANCE ? "good" : "look",
          text: `Of two detections, the score ranks the better one higher ${percent(ordered)} of the time.`,
        },
      ];
  if (confident === 0) return ranking;
  const [worst] = falsePositives.toSorted((a, b) => b.confident - a.confident);
  const text = `${count(confident)} false positives score above half of the correct detections; most are ${worst?.kind === "duplicate" ? "duplicates" : worst?.kind}.`;
  return [...ranking, { kind: "look", text }];
}
