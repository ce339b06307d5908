import { evaluateKeypoints } from "./evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "./keypoint-data.ts";
import { type EvalParams, resolveParams } from "./params.ts";
import { QUIRK_MEANINGS, QUIRKS, type Quirk } from "./quirks.ts";
import { STAT_NAMES } from "./summary.ts";

/** One number that a quirk moves. */
export interface MovedLine {
  readonly name: string;
  /** pycocotools' number, and what it is without this quirk alone. */
  readonly strict: number;
  readonly corrected: number;
}

/** A quirk that this data meets, and the lines it moves. */
export interface QuirkEffect {
  readonly quirk: Quirk;
  readonly meaning: string;
  readonly lines: readonly MovedLine[];
  /** Why pycocotools gives no number at all. */
  readonly refusal?: string;
}

/** Which of pycocotools' quirks this data meets, and what each one alone does to the ten numbers. */
export function quirkEffects(
  truth: KeypointTruth,
  results: readonly KeypointResult[],
  params: Partial<EvalParams> = {},
): QuirkEffect[] {
  const settings = resolveParams(truth, params);
  const met = QUIRKS.filter((quirk) => meets(quirk, truth, results, settings));
  if (met.length === 0) return [];
  const effectOf = (quirk: Quirk) => ({ quirk, meaning: QUIRK_MEANINGS[quirk] });
  if (met.includes("first-box") && results[0]?.box) {
    const refusal = "the first result has a box and others have none";
    return met.map((quirk) => ({ ...effectOf(quirk), lines: [], refusal }));
  }
  const { stats: strict } = evaluateKeypoints(truth, results, { ...settings, quirks: QUIRKS });
  return met.map((quirk) => {
    const quirks = QUIRKS.filter((other) => other !== quirk);
    const { stats } = evaluateKeypoints(truth, results, { ...settings, quirks });
    const lines = STAT_NAMES.map((name, i) => ({ name, strict: strict[i] ?? -1, corrected: stats[i] ?? -1 }));
    return { ...effectOf(quirk), lines: lines.filter((line) => line.strict !== line.corrected) };
  });
}

/** Whether data could come out differently for a quirk; cheap, so that most data costs no second evaluation. */
function meets(
  quirk: Quirk,
  { annotations }: KeypointTruth,
  results: readonly KeypointResult[],
  { useCategories }: EvalParams,
): boolean {
  switch (quirk) {
    case "zero-id":
      return annotations.some(({ id }) => id === 0);
    case "first-box":
      return results.some(({ box }) => (box === undefined) !== (results[0]?.box === undefined));
    case "repeated-id":
      return new Set(annotations.map(({ id }) => id)).size < annotations.length;
    case "pooled-categories":
      return !useCategories;
  }
}
