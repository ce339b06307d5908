import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { SplitScore } from "../infer/evaluate-split.ts";
import type { AttentionSummary } from "../nn/attention.ts";
import type { EncodedImage, Scores } from "../run/run-records.ts";
import type { Objective } from "./objective.ts";
import type { RunInfo } from "./train-run.ts";
import type { BatchSource } from "./training-batch.ts";

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** All that a run needs beside its folder. */
export interface Training {
  readonly model: LayersModel;
  readonly source: BatchSource;
  readonly objective: Objective;
  /** What is trained on and scored on, for people to read: `4000 persons`. */
  readonly samples: { readonly train: string; readonly validation: string };
  /** Path of each image that could not be read, and why. */
  readonly badImages: ReadonlyMap<string, string>;
  /** What the evaluator says of a keypoint network on the validation split, with all it went by. */
  readonly evaluate?: () => Promise<SplitScore>;
  /** Scores the model on the validation split; absent if the config asks for none. */
  readonly validate?: () => Promise<Scores>;
  /** What {@link mainScore} of the scores is called. */
  readonly scoreName: string;
  /** Samples of the validation split with what the model finds on them. */
  readonly samplePictures?: () => Promise<EncodedImage[]>;
  /** How the model mixes its kernels on the validation split's first batch; of a static model nothing. */
  readonly attention?: () => Promise<AttentionSummary[]>;
  readonly info: Without<RunInfo, "versions">;
  /** Weights taken from `train.initialWeights`. */
  readonly startedFrom: readonly string[];
  /** Ends the loaders' threads and disposes the model. */
  close(): Promise<void>;
}

export interface PrepareOptions {
  /** Go on past images that cannot be read. @default false */
  readonly skipBadImages?: boolean;
}
