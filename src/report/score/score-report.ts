import { analyseKeypoints, type KeypointAnalysis } from "../../../eval/analysis/analyse-keypoints.ts";
import type { KeypointEvaluation } from "../../../eval/evaluate-keypoints.ts";
import { evaluatedRecords, explainLines, quirkEffects, quirkLines } from "../../../eval/explain.ts";
import type { KeypointResult, KeypointTruth } from "../../../eval/keypoint-data.ts";
import { COCO_PROTOCOL, type EvaluationProtocol } from "../../../eval/protocol.ts";
import { count } from "../kit/numbers.ts";
import type { Fact } from "../kit/page.ts";
import type { PictureFolder } from "../kit/picture.ts";

/** What a report of one evaluation tells. */
export interface ScoreReport {
  readonly title: string;
  /** How the results were made and what they were compared with. */
  readonly facts: readonly Fact[];
  /** Whose evaluation it is, and whose lines these are. */
  readonly protocol: EvaluationProtocol;
  readonly evaluation: KeypointEvaluation;
  /** What was ignored and why, and how pycocotools' quirks changed the lines; a sentence each. */
  readonly notes: readonly string[];
  readonly analysis: KeypointAnalysis;
}

/** What the report is made from. */
export interface ScoreReportInput {
  readonly truth: KeypointTruth;
  readonly results: readonly KeypointResult[];
  /** Of this truth and these results. */
  readonly evaluation: KeypointEvaluation;
  /** How the results were made and from which files; what the evaluation itself knows is added. */
  readonly facts: readonly Fact[];
  /** @default "Keypoint report" */
  readonly title?: string;
  /** @default COCO's */
  readonly protocol?: EvaluationProtocol;
  /** For the page's gallery of the costliest images. */
  readonly pictures?: PictureFolder;
}

/** Gathers everything that the report of an evaluation tells. */
export function explainScores(input: ScoreReportInput): ScoreReport {
  const { truth, results, evaluation, facts, title = "Keypoint report", protocol = COCO_PROTOCOL } = input;
  const analysis = analyseKeypoints(truth, results, evaluation, protocol.skeleton);
  return { title, facts, protocol, evaluation, notes: notesOn(input, protocol), analysis };
}

/** The effects of quirks are changes in COCO's ten lines: other protocols have none. */
function notesOn({ truth, results, evaluation }: ScoreReportInput, protocol: EvaluationProtocol): string[] {
  const { params } = evaluation;
  const effects = protocol.name === "coco" ? quirkEffects(truth, results, params) : [];
  return [
    ...explainLines(evaluatedRecords(truth, results, params), evaluation, protocol.lines),
    ...quirkLines(effects),
  ];
}

/** The facts, and the evaluation's own parameters and counts. */
export function evaluationFacts({ facts, evaluation, analysis }: ScoreReport): Fact[] {
  const { params } = evaluation;
  const { counts, skeleton } = analysis;
  const [first, last] = [params.oksThresholds.at(0), params.oksThresholds.at(-1)];
  return [
    ...facts,
    ["images", count(counts.images)],
    [
      "persons",
      `${count(counts.persons)}, and ${count(counts.ignoredPersons)} ignored (crowds, no keypoints)`,
    ],
    ["results", `${count(counts.results)}, of which ${count(counts.detections)} evaluated`],
    [
      "OKS thresholds",
      params.oksThresholds.length > 2
        ? `${first?.toFixed(2)} to ${last?.toFixed(2)}, ${params.oksThresholds.length}`
        : params.oksThresholds.join(", "),
    ],
    ["detections an image", params.maxDetections.join(", ")],
    ["keypoints", `${skeleton.name}, ${params.sigmas.length}`],
    ["habits of pycocotools kept", params.quirks.length === 0 ? "none" : params.quirks.join(", ")],
  ];
}
