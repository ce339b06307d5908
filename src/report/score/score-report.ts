import type { KeypointAnalysis } from "../../../eval/analysis/analyse-keypoints.ts";
import type { KeypointEvaluation } from "../../../eval/evaluate-keypoints.ts";
import type { EvaluationProtocol } from "../../../eval/protocol.ts";

/** A name and what holds, such as `["flip test", "off"]`. */
export type Fact = readonly [name: string, value: string];

/** What a report of one evaluation tells. */
export interface ScoreReport {
  readonly title: string;
  /** How the results were made and what they were compared with. */
  readonly protocol: readonly Fact[];
  /** Whose lines these are. */
  readonly benchmark: EvaluationProtocol;
  readonly evaluation: KeypointEvaluation;
  /** What was ignored and why, and what pycocotools' habits did to the lines; a sentence each. */
  readonly notes: readonly string[];
  readonly analysis: KeypointAnalysis;
}

/** The protocol with what the evaluation itself was told. */
export function protocolFacts({ protocol, evaluation, analysis }: ScoreReport): Fact[] {
  const { params } = evaluation;
  const { counts, skeleton } = analysis;
  const number = (value: number): string => value.toLocaleString("en-US");
  const [first, last] = [params.oksThresholds.at(0), params.oksThresholds.at(-1)];
  return [
    ...protocol,
    ["images", number(counts.images)],
    [
      "persons",
      `${number(counts.persons)}, and ${number(counts.ignoredPersons)} ignored (crowds, no keypoints)`,
    ],
    ["results", `${number(counts.results)}, of which ${number(counts.detections)} evaluated`],
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
