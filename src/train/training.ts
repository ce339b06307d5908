import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { SplitScore } from "../infer/evaluate-split.ts";
import type { AttentionSummary } from "../nn/attention.ts";
import type { EncodedImage, Scores } from "../run/run-records.ts";
import type { ClassifierInfo, WeightsInfo } from "../weights/weights-info.ts";
import type { Objective } from "./objective.ts";
import type { BatchSource } from "./training-batch.ts";

/** What weights files say of themselves, as far as it stays the same through a run. */
export type RunInfo =
  | Pick<WeightsInfo, "model" | "codec" | "skeleton" | "padding" | "versions">
  | Pick<ClassifierInfo, "model" | "classes" | "versions">;

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** What a config and a data set give a run: network, data, objective, and ways to see how well it does. */
export interface Training {
  readonly model: LayersModel;
  readonly source: BatchSource;
  readonly objective: Objective;
  /** What is trained on and scored on, for people to read: `4000 persons`. */
  readonly samples: { readonly train: string; readonly validation: string };
  /** Path of each image that could not be read, and why. */
  readonly badImages: ReadonlyMap<string, string>;
  /** Scores a keypoint network, as it is at the time, on the validation split, and tells all about it. */
  readonly evaluate?: () => Promise<SplitScore>;
  /** Scores the model, as it is at the time, on the validation split; absent if the config asks for none. */
  readonly validate?: (() => Promise<Scores>) | undefined;
  /** What {@link mainScore} of the scores is called. */
  readonly scoreName: string;
  /** Samples of the validation split with what the model finds on them. */
  readonly samplePictures?: (() => Promise<readonly EncodedImage[]>) | undefined;
  /** How the model mixes its kernels on the validation split's first batch; of a static model nothing. */
  readonly attention?: (() => Promise<readonly AttentionSummary[]>) | undefined;
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
