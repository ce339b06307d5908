import type { Config } from "../../config/schema.ts";
import type { AttentionRecord, StepRecord, ValidationRecord } from "../../run/run-records.ts";
import type { RunNumbers } from "../../run/summarize-run.ts";
import type { Fact } from "../kit/page.ts";
import type { PictureFolder } from "../kit/picture.ts";
import type { ScoreReport } from "../score/score-report.ts";

/** What the report of a training run tells. */
export interface RunReport {
  /** The run's name. */
  readonly name: string;
  readonly config: Config;
  readonly numbers: RunNumbers;
  readonly steps: readonly StepRecord[];
  readonly validations: readonly ValidationRecord[];
  /** Empty for a static network. */
  readonly attention: readonly AttentionRecord[];
  /** What was trained on what, beside what the config says. */
  readonly facts: readonly Fact[];
  readonly machine: readonly Fact[];
  /** JPEG files of what the network finds. */
  readonly samples: readonly Sample[];
  /** Of the validation split, where there is one. */
  readonly evaluation?: { readonly report: ScoreReport; readonly pictures: PictureFolder } | undefined;
}

export interface Sample {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}
